import { innermostCause } from "../../../../model/errors/innermost-cause";

const refused = (address: string) =>
  Object.assign(new Error(`connect ECONNREFUSED ${address}:443`), { code: "ECONNREFUSED" });

test.each<[string, Error, string]>([
  ["an error without a cause", new Error("no cause"), "no cause"],
  [
    "an error whose cause has a cause",
    new Error("fetch failed", { cause: new Error("proxy", { cause: refused("192.0.2.1") }) }),
    "connect ECONNREFUSED 192.0.2.1:443",
  ],
  [
    "a failed connection to each address of a host",
    new TypeError("fetch failed", { cause: new AggregateError([refused("::1"), refused("127.0.0.1")]) }),
    "connect ECONNREFUSED ::1:443",
  ],
  [
    "an AggregateError without errors",
    new Error("fetch failed", { cause: new AggregateError([], "all failed") }),
    "all failed",
  ],
  ["an error whose cause is not an Error", new Error("outer", { cause: "text" }), "outer"],
])("innermostCause finds the innermost cause of %s", (_, error, message) => {
  expect(innermostCause(error).message).toBe(message);
});
