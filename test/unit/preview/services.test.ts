import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { ServiceKind } from "../../../model/images";
import { actionOfFile } from "../../../model/preview/services";
import { readGolden } from "../../support/golden";
import { fileOf, nodeBundle } from "../../support/node-bundle";

const agent = join(__dirname, "../../../agent/src");

/** Prints the node agent's decision for each changed file of a service. */
const script = `
import json, sys
from changes import Running, decide
from rendering import FileFingerprint
from rules import Action, read_rules
names = {Action.RESTART: "restarts", Action.RELOAD: "reloads",
         Action.SET_TURN_SECRETS: "follows", Action.SET_TURN_PEERS: "follows", Action.RESTART_WHEN_EMPTY: "follows"}
plan = json.load(sys.stdin)
rules = read_rules(plan["rules"])
def action_of(kind, file):
    [action] = decide(rules.of(kind), Running("e", {file: FileFingerprint("a", {})}), Running("e", {file: FileFingerprint("b", {"x": "y"})}), frozenset())
    return names[action]
print(json.dumps([action_of(*case) for case in plan["cases"]]))`;

/** Returns every service's files in the examples. */
function everyFile(): [kind: ServiceKind, file: string][] {
  const bundles = ["prod", "fleet"].flatMap(readGolden).filter(({ type }) => type.endsWith(":BucketObjectv2"));
  const paths = bundles.flatMap(({ inputs }) => Object.keys(inputs["content"] as object));
  const files = [...new Set(paths)].flatMap((path) => {
    const [, service = "", file = ""] = /^stack\/([\w-]+)\/([\w.-]+)$/.exec(path) ?? [];
    return service === "" ? [] : [[service.replace("livekit-redis", "redis"), file] as [ServiceKind, string]];
  });
  return files;
}

test("for each changed file, the preview reports the same action that the node agent takes", () => {
  const cases = everyFile();
  expect(new Set(cases.map(([kind]) => kind))).toEqual(
    new Set(["livekit", "coturn", "nginx", "redis", "node-exporter"]),
  );
  const { stdout, stderr } = spawnSync("python3", ["-B", "-c", script], {
    input: JSON.stringify({ cases, rules: JSON.parse(fileOf(nodeBundle().bundle, "plan.json")).rules }),
    encoding: "utf8",
    env: { ...process.env, PYTHONPATH: agent },
  });
  expect(stderr).toBe("");
  const predicted = cases.map(([kind, file]) => [kind, file, actionOfFile(kind, file)]);
  expect(predicted).toEqual(JSON.parse(stdout).map((action: string, i: number) => [...(cases[i] ?? []), action]));
});
