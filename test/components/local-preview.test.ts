import type { ResourceChange } from "../../model/preview/change";
import { summarizeImpact } from "../../scripts/preview/impact-summary";
import { type Registered, registerLocal } from "../support/local-stack";
import { testHost } from "../support/settings";

/** Returns the changes that Pulumi's engine reports if each container is replaced. */
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

const ports = (impact: ReturnType<typeof summarizeImpact>) =>
  impact.headlines.filter((line) => /^(Opens|Closes)/.test(line));

test.each(["host", "bridge"] as const)(
  "with livekit:network %j, the preview reports the ports that a change of livekit:mediaTransport opens and closes",
  async (network) => {
    const host = { ...testHost, network };
    const before = await registerLocal({}, {}, host);
    const after = await registerLocal({ mediaTransport: "mux", ports: '{"https": 8443}' }, {}, host);
    expect(ports(summarizeImpact(changes(before, before)))).toEqual([]);
    const impact = summarizeImpact(changes(before, after));
    const opens = "7882/udp, inspire-lab-livekit (this machine); 8443/tcp, inspire-lab-nginx (this machine)";
    expect(ports(impact)[0]).toBe(`Opens to the world: ${opens}`);
    expect(ports(impact)[1]).toMatch(/^Closes for the world: 5000.*; 443\/tcp, inspire-lab-nginx/);
    expect(impact.ports.opened.map(({ first, protocol }) => `${first}/${protocol}`)).toEqual(["7882/udp", "8443/tcp"]);
  },
);

test("the preview reports a port that moves to another container as neither opened nor closed", async () => {
  const [before, after] = [await registerLocal(), await registerLocal({ nodes: "2" })];
  const shown = ports(summarizeImpact(changes(before, after))).join("\n");
  expect(shown).not.toContain("7880/tcp");
});

test("the preview reports no opened port when existing containers only get port labels", async () => {
  const after = await registerLocal();
  const before = after.map((each) => ({ ...each, inputs: { ...each.inputs, labels: [] } }));
  expect(ports(summarizeImpact(changes(before, after)))).toEqual([]);
});
