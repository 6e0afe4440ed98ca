import { innermostCause } from "../../scripts/lib/innermost-cause";

const refused = (address: string) =>
  Object.assign(new Error(`connect ECONNREFUSED ${address}:443`), { code: "ECONNREFUSED" });

test.each<[string, Error, string]>([
  ["an error without a cause", new Error("no cause"), "no cause"],
  [
    "a cause of a cause",
    new Error("fetch failed", { cause: new Error("proxy", { cause: refused("192.0.2.1") }) }),
    "connect ECONNREFUSED 192.0.2.1:443",
  ],
  [
    "a failed connection to each address of a host",
    new TypeError("fetch failed", { cause: new AggregateError([refused("::1"), refused("127.0.0.1")]) }),
    "connect ECONNREFUSED ::1:443",
  ],
  ["a group without errors", new Error("fetch failed", { cause: new AggregateError([], "all failed") }), "all failed"],
  ["a cause that is no error", new Error("outer", { cause: "text" }), "outer"],
])("finds the innermost cause of %s", (_, error, message) => {
  expect(innermostCause(error).message).toBe(message);
});
