import type { ResourceChange } from "../../model/preview/change";
import { meaningOf } from "../../model/preview/meaning";
import { type Registered, registerLocal } from "../support/local-stack";
import { testHost } from "../support/settings";

/** Containers that are made anew, as the engine tells of them. */
function changes(before: readonly Registered[], after: readonly Registered[]): ResourceChange[] {
  return after
    .filter(({ type }) => type === "docker:index/container:Container")
    .map(({ type, name, inputs }) => ({
      operation: "replace",
      type,
      name,
      before: before.find((each) => each.type === type && each.name === name)?.inputs,
      after: inputs,
      changed: ["volumes"],
    }));
}

const ports = (meaning: ReturnType<typeof meaningOf>) =>
  meaning.headlines.filter((line) => /^(Opens|Closes)/.test(line));

test.each(["host", "bridge"] as const)(
  "on a network of kind %s another transport and port are told",
  async (network) => {
    const host = { ...testHost, network };
    const before = await registerLocal({}, {}, host);
    const after = await registerLocal({ mediaTransport: "mux", ports: '{"https": 8443}' }, {}, host);
    expect(ports(meaningOf(changes(before, before)))).toEqual([]);
    const meaning = meaningOf(changes(before, after));
    const opens = "7882/udp, inspire-lab-livekit (this machine); 8443/tcp, inspire-lab-nginx (this machine)";
    expect(ports(meaning)[0]).toBe(`Opens to the world: ${opens}`);
    expect(ports(meaning)[1]).toMatch(/^Closes for the world: 5000.*; 443\/tcp, inspire-lab-nginx/);
    expect(meaning.ports.opened.map(({ first, protocol }) => `${first}/${protocol}`)).toEqual(["7882/udp", "8443/tcp"]);
  },
);

test("a port that another container serves from then on neither opens nor closes", async () => {
  const [before, after] = [await registerLocal(), await registerLocal({ nodes: "2" })];
  const told = ports(meaningOf(changes(before, after))).join("\n");
  expect(told).not.toContain("7880/tcp");
});

test("a stack of before its ports were told opens none by being told of", async () => {
  const after = await registerLocal();
  const before = after.map((each) => ({ ...each, inputs: { ...each.inputs, labels: [] } }));
  expect(ports(meaningOf(changes(before, after)))).toEqual([]);
});
