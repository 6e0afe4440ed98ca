import type { GoldenResource } from "../../../scripts/preview/golden";
import { readGolden } from "../../support/golden";
import { pullRequest } from "../../support/preview";

type Golden = readonly GoldenResource[];
type Inputs = Record<string, unknown>;

/** Returns the golden stack with changed inputs of the resources that match. */
function edited(golden: Golden, names: RegExp, edit: (inputs: Inputs) => Inputs): Golden {
  return golden.map((each) =>
    names.test(each.name) ? { ...each, inputs: { ...each.inputs, ...edit(each.inputs) } } : each,
  );
}

/** Adds a line to a file of every node's bundle. */
function withLine(golden: Golden, path: string, line: string): Golden {
  return edited(golden, /-bundle$/, ({ content }) => {
    const files = content as Record<string, string[]>;
    return { content: { ...files, [path]: [...(files[path] ?? []), line] } };
  });
}

const prod: Golden = readGolden("prod");
const graviton: Golden = readGolden("graviton");
const fleet: Golden = readGolden("fleet");
const trio: Golden = readGolden("trio");
const livekitFile = "stack/livekit/livekit.yaml";

test("the comment begins with the node that gets a smaller instance type, followed by the effect on calls", () => {
  const larger = edited(prod, /-instance$/, () => ({ instanceType: "c7i.2xlarge" }));
  const { lines, impact } = pullRequest(larger, prod);
  expect(lines[0]).toBe("- **Shrinks euc1-1: c7i.2xlarge becomes c7i.large**");
  expect(lines[1]).toMatch(/no new rooms for up to 1800 s, running calls go on that long; then the node is away/);
  const { before, after } = impact.size ?? {};
  // 6 more vCPUs at $0.044625 an hour each.
  expect((before?.bill.month ?? 0) - (after?.bill.month ?? 0)).toBeCloseTo(6 * 0.044625 * 730, 6);
  expect(after?.rooms.expected).toBeLessThan(before?.rooms.expected ?? 0);
});

test("reports a node with a larger instance type as replaced, not as smaller", () => {
  const larger = edited(prod, /-instance$/, () => ({ instanceType: "c7i.2xlarge" }));
  const { lines } = pullRequest(prod, larger);
  expect(lines.join()).toContain("Replaces euc1-1: c7i.large becomes c7i.2xlarge");
  expect(lines.join()).not.toContain("Shrinks");
});

test.each([
  ["drain", prod, "LiveKit drains: no new rooms for up to 1800 s, running calls go on that long"],
  ["restart", graviton, "LiveKit restarts: running calls are cut and rejoin"],
])(
  "with changePolicy %s, a preview of a changed livekit.yaml reports the effect on calls and only LiveKit's restart",
  (_, stack, description) => {
    const { lines, impact } = pullRequest(stack, withLine(stack, livekitFile, "# changed"));
    expect(lines[0]).toBe(`- **Calls at risk on euc1-1: ${description}**`);
    expect(impact.services).toEqual([
      { where: "euc1-1", service: "livekit", action: "restarts", because: "livekit.yaml" },
    ]);
  },
);

test.each([
  [
    "drains: no new rooms for up to 900 s, running calls go on that long",
    "LiveKit drains: no new rooms for up to 900 s",
  ],
  ["restarts: running calls are cut and rejoin", "LiveKit restarts: running calls are cut and rejoin"],
  [undefined, "LiveKit ends: what becomes of its calls is not known yet"],
])(
  "if the variable LIVEKIT in a state of release 0.1.0 is %j, the preview reports the effect on calls",
  (sentence, description) => {
    const state = edited(prod, /^euc1-1-change$/, ({ environment }) => {
      return {
        environment: { ...(environment as Inputs), LIVEKIT: sentence && `${sentence}; configuration 3fa9c1d2` },
      };
    });
    const larger = edited(prod, /-instance$/, () => ({ instanceType: "c7i.2xlarge" }));
    const { impact } = pullRequest(state, larger);
    expect(impact.calls).toMatchObject([
      { where: "euc1-1", description: expect.stringMatching(`^${description}.*; then the node is away`) },
    ]);
  },
);

test("reports that several nodes drain one after the other while the other nodes accept new rooms", () => {
  const { lines, impact } = pullRequest(fleet, withLine(fleet, livekitFile, "# changed"));
  expect(lines[0]).toMatch(
    /^- \*\*Calls on euc1-1, euc1-2, use1-1, use1-2, one after the other: LiveKit drains: new rooms go/,
  );
  expect(impact.calls.every(({ impact }) => impact === "unaffected")).toBe(true);
});

test("reports that a single node accepts no new rooms during its drain", () => {
  const alone = fleet.filter(({ name }) => !/-change$/.test(name) || name === "euc1-1-change");
  const { lines } = pullRequest(alone, withLine(alone, livekitFile, "# changed"));
  expect(lines[0]).toMatch(/^- \*\*Calls at risk on euc1-1: LiveKit drains: no new rooms for up to/);
});

test("reports that a Coturn restart cuts relayed media, except with changePolicy drain", () => {
  const calls = (stack: Golden) =>
    pullRequest(stack, withLine(stack, "stack/coturn/turnserver.conf", "# changed")).impact.calls;
  expect(calls(prod)).toEqual([
    expect.objectContaining({ impact: "unaffected", description: expect.stringMatching(/^Coturn restarts once/) }),
  ]);
  expect(calls(graviton)).toEqual([
    expect.objectContaining({ impact: "cut", description: expect.stringMatching(/^Coturn restarts: relayed/) }),
  ]);
});

test("reports a changed nginx file as a reload that puts no call at risk", () => {
  const { lines, impact } = pullRequest(prod, withLine(prod, "stack/nginx/nginx.conf", "# changed"));
  expect(impact.services).toMatchObject([{ service: "nginx", action: "reloads" }]);
  expect(lines[0]).toBe("- **Nothing that a caller would notice**");
});

test("reports a removed node and its deleted Elastic IP", () => {
  const fewer = trio.filter(({ name }) => !name.startsWith("euc1-3"));
  const { lines, impact } = pullRequest(trio, fewer);
  expect(lines[0]).toBe("- **Deletes what can't be recreated: euc1-3-address**");
  expect(lines[1]).toBe("- **Removes euc1-3 (c7i.large)**");
  expect(impact.calls).toMatchObject([
    { where: "euc1-3", description: expect.stringMatching(/then the node goes for good$/) },
  ]);
});

test("reports an unknown action for a bundle whose content is unknown until an address is allocated", () => {
  const waiting = edited(fleet, /^euc1-1-bundle$/, () => ({ content: undefined }));
  expect(pullRequest(fleet, waiting).impact.services).toMatchObject([{ where: "euc1-1", action: "unknown" }]);
});

test("reports for a first update all nodes as created, the port table as opened in each region, and no call at risk", () => {
  const { impact } = pullRequest([], fleet);
  expect(new Set(impact.ports.opened.map(({ where }) => where))).toEqual(new Set(["eu-central-1", "us-east-1"]));
  expect(impact.nodes).toHaveLength(4);
  expect([impact.calls, impact.services]).toEqual([[], []]);
  expect(impact.counts).toMatchObject({ update: 0, replace: 0, delete: 0, same: 0 });
});

test.each([
  ["a stack stays the same", prod],
  ["no stack exists", []],
])("reports no change if %s", (_, stack) => {
  expect(pullRequest(stack, stack).impact.headlines).toEqual(["Nothing changes"]);
});

test("escapes text from a pull request, so that the text cannot mention users or end the comment early", () => {
  const hostile = "@everyone | <!-- livekit-stack preview: prod --> `x`";
  const renamed = prod.map((each) => (each.name === "livekit-euc1-name" ? { ...each, name: hostile } : each));
  const { lines } = pullRequest(prod, renamed);
  const body = lines.join("\n").trimEnd();
  expect(body).toContain("everyone");
  expect(body).not.toContain("@everyone");
  expect(body.match(/<!-- livekit-stack/g)).toHaveLength(1);
  expect(body.endsWith("<!-- livekit-stack preview: prod -->")).toBe(true);
});

test("a comment that is too long omits the individual resources and keeps the headlines", () => {
  const many = Array.from({ length: 2000 }, (_, i) => ({
    type: "aws:route53/record:Record",
    name: `name-${i}`,
    inputs: {},
  }));
  const comment = pullRequest(prod, [...prod, ...many]).lines.join("\n");
  expect(comment.length).toBeLessThan(65_536);
  expect(comment).toContain("2000 to create");
  expect(comment).toContain("The full preview is too long for a comment");
});
