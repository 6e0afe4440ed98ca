import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { effectOfFile } from "../../../model/preview/services";
import { readGolden } from "../../support/golden";

const agent = join(__dirname, "../../../agent/src");

/** Prints the node agent's decision for each changed file of a service. */
const script = `
import json, sys
from changes import Action, Running, decide
from rendering import FileFingerprint
names = {Action.RECREATE: "restarts", Action.RELOAD: "reloads", Action.RELOAD_CERTIFICATE: "reloads",
         Action.CHANGE_TURN_SECRETS: "follows", Action.CHANGE_TURN_PEERS: "follows", Action.RECREATE_WHEN_EMPTY: "follows"}
def action_of(kind, file):
    [action] = decide(kind, Running("e", {file: FileFingerprint("a", {})}), Running("e", {file: FileFingerprint("b", {"x": "y"})}), frozenset())
    return names[action]
print(json.dumps([action_of(*case) for case in json.load(sys.stdin)]))`;

/** Returns every service's files in the examples. */
function everyFile(): [kind: string, file: string][] {
  const bundles = ["prod", "fleet"].flatMap(readGolden).filter(({ type }) => type.endsWith(":BucketObjectv2"));
  const paths = bundles.flatMap(({ inputs }) => Object.keys(inputs["content"] as object));
  const files = [...new Set(paths)].flatMap((path) => {
    const [, service = "", file = ""] = /^stack\/([\w-]+)\/([\w.-]+)$/.exec(path) ?? [];
    return service === "" ? [] : [[service.replace("livekit-redis", "redis"), file] as [string, string]];
  });
  return files;
}

test("a preview predicts what the node agent does for each file", () => {
  const cases = everyFile();
  expect(new Set(cases.map(([kind]) => kind))).toEqual(
    new Set(["livekit", "coturn", "nginx", "redis", "node-exporter"]),
  );
  const { stdout, stderr } = spawnSync("python3", ["-B", "-c", script], {
    input: JSON.stringify(cases),
    encoding: "utf8",
    env: { ...process.env, PYTHONPATH: agent },
  });
  expect(stderr).toBe("");
  const predicted = cases.map(([kind, file]) => [kind, file, effectOfFile(kind, file)]);
  expect(predicted).toEqual(JSON.parse(stdout).map((action: string, i: number) => [...(cases[i] ?? []), action]));
});
