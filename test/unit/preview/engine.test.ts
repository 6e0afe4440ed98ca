import type { EngineEvent, OpType, StepEventStateMetadata } from "@pulumi/pulumi/automation";
import { changesOf } from "../../../scripts/preview/engine";
import { summarizeImpact } from "../../../scripts/preview/impact-summary";
import { previewOf, renderText } from "../../../scripts/preview/report";

const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "planted" };

interface Step {
  readonly old?: object;
  readonly new?: object;
  readonly diffs?: string[];
  readonly keys?: string[];
}

/** The event that Pulumi's engine sends before a step. */
function step(op: OpType, type: string, name: string, { old, new: wanted, ...rest }: Step): EngineEvent {
  const state = (inputs: object) => ({ inputs }) as StepEventStateMetadata;
  const states = { ...(old && { old: state(old) }), ...(wanted && { new: state(wanted) }) };
  const metadata = { op, type, urn: `urn:pulumi:prod::livekit::${type}::${name}`, provider: "", ...states, ...rest };
  return { resourcePreEvent: { metadata } } as unknown as EngineEvent;
}

const instance = "aws:ec2/instance:Instance";
const small = { instanceType: "c7i.large", region: "eu-central-1" };
const large = { instanceType: "c7i.2xlarge", region: "eu-central-1" };

test("the preview merges the engine's three steps of a replacement into one change", () => {
  const keys = ["instanceType"];
  const changes = changesOf([
    step("delete-replaced", instance, "euc1-1-instance", { old: large }),
    step("replace", instance, "euc1-1-instance", { old: large, new: small, keys }),
    step("create-replacement", instance, "euc1-1-instance", { old: large, new: small, keys, diffs: keys }),
  ]);
  expect(changes).toEqual([
    { operation: "replace", type: instance, name: "euc1-1-instance", before: large, after: small, changed: keys },
  ]);
});

test.each<[OpType, Step, object]>([
  ["create", { new: small }, { operation: "create", after: small }],
  ["import", { new: small }, { operation: "create", after: small }],
  ["delete", { old: small }, { operation: "delete", before: small }],
  ["update", { old: small, new: large, diffs: ["instanceType"] }, { operation: "update", changed: ["instanceType"] }],
  ["same", { old: small, new: small }, { operation: "same", before: small, after: small, changed: [] }],
])("converts the step %s of Pulumi's engine to one change", (op, given, expected) => {
  expect(changesOf([step(op, instance, "x", given)])).toMatchObject([expected]);
});

describe("a volume that is retained on delete", () => {
  const previewed = (...ops: readonly OpType[]) => {
    const changes = changesOf(
      ops.map((op) => {
        const given = { old: { name: "lab-data" }, ...(op !== "delete" && { new: { name: "other-data" } }) };
        const event = step(op, "docker:index/volume:Volume", "redis-data", given);
        Object.assign(event.resourcePreEvent?.metadata.old ?? {}, { retainOnDelete: true });
        return event;
      }),
    );
    return renderText([previewOf("dev", "by the engine", changes, summarizeImpact(changes))]);
  };

  test("is reported as left behind when the stack removes it", () => {
    const text = previewed("delete");
    expect(text).toContain("Leaves redis-data on this machine: docker volume rm lab-data deletes it");
    expect(text).toMatch(/leave +│ docker:index\/volume:Volume │ redis-data/);
    expect(text).toContain("Resources: 1 to leave behind, 0 unchanged");
  });

  test("is reported as left behind when an empty volume replaces it", () => {
    const text = previewed("create-replacement", "replace", "delete-replaced");
    expect(text).toContain("Starts redis-data empty: what is in it now stays in the volume lab-data");
    expect(text).toContain("Resources: 1 to replace, 0 unchanged");
  });
});

test("the preview ignores steps of component resources, providers and the stack resource", () => {
  const types = ["livekit:aws:Node", "pulumi:providers:aws", "pulumi:pulumi:Stack"];
  expect(changesOf(types.map((type) => step("create", type, "x", { new: {} })))).toEqual([]);
});

test("the preview omits a resource's unknown inputs and replaces secret inputs with [secret]", () => {
  const after = { versionId: unknown, nested: { list: [{ id: unknown, kept: 1 }] }, secretString: secret };
  const [change] = changesOf([
    step("update", "aws:secretsmanager/secretVersion:SecretVersion", "x", { old: {}, new: after }),
  ]);
  expect(change?.after).toEqual({ nested: { list: [{ kept: 1 }] }, secretString: "[secret]" });
});

test("reports secrets that are replaced without a rotation, and prints no secret", () => {
  const version = "aws:secretsmanager/secretVersion:SecretVersion";
  const before = { secretString: secret };
  const changes = changesOf([
    step("create-replacement", version, "keys-version", { old: before, new: before, diffs: ["secretString"] }),
  ]);
  const impact = summarizeImpact(changes);
  expect(impact.headlines[0]).toMatch(/^Replaces secrets without a rotation: /);
  expect(JSON.stringify([changes, impact])).not.toContain("planted");
});

test("a replaced LiveKit container cuts calls; a replaced container that only holds files restarts no service", () => {
  const container = "docker:index/container:Container";
  const changes = changesOf([
    step("replace", container, "livekit", { old: {}, new: {}, diffs: ["volumes"] }),
    step("replace", container, "livekit-files", { old: { start: false }, new: { start: false }, diffs: ["uploads"] }),
  ]);
  const { services, calls, headlines } = summarizeImpact(changes);
  expect(services).toEqual([{ where: "this machine", service: "livekit", action: "restarts", because: "volumes" }]);
  expect(calls).toMatchObject([{ impact: "cut" }]);
  expect(headlines).toEqual(["Calls at risk on this machine: LiveKit restarts: running calls are cut and rejoin"]);
});
