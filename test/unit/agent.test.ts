import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renewalPercent, renewalTime } from "../../model/certificate-renewal";
import { mostReportCharacters } from "../../scripts/aws/report";
import { readNodeSources } from "../../stacks/node-sources";
import { nodePaths } from "../../templates/node/paths";
import { fileOf, nodeBundle } from "../support/node-bundle";

const agentFolder = join(__dirname, "../../agent");
const folder = mkdtempSync(join(tmpdir(), "livekit-agent-"));

beforeAll(() => {
  writeFileSync(join(folder, "plan.json"), fileOf(nodeBundle().bundle, "plan.json"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function python(...args: string[]) {
  const { status, stdout, stderr } = spawnSync("python3", ["-B", ...args], {
    encoding: "utf8",
    cwd: agentFolder,
    env: { ...process.env, PYTHONPATH: "src", BUNDLE: folder },
  });
  return { status, stdout, said: stderr };
}

test("the node agent's Python tests pass, and no test is skipped", () => {
  const { status, said } = python("-m", "unittest");
  expect(said).toMatch(/^Ran [1-9]\d* tests/m);
  expect(said).not.toMatch(/skipped=/);
  expect({ status, said }).toEqual({ status: 0, said: expect.stringMatching(/^OK$/m) });
});

const hasCryptography = python("-c", "import cryptography.x509").status === 0;
const lacks = hasCryptography ? "" : " (not run: Python's cryptography is not on this machine)";
(hasCryptography ? test : test.skip)(
  `the node agent accepts a valid certificate and rejects an invalid one${lacks}`,
  () => {
    const { status, said } = python("-m", "unittest", "tests.certificates_test");
    expect({ status, said }).toEqual({ status: 0, said: expect.stringMatching(/^OK$/m) });
  },
);

test("the systemd units, the node agent and the program in the user data use the same paths", () => {
  const script = `
import json, layout
from tests.puller_case import load_puller
texts = lambda module: {name: str(value) for name, value in vars(module).items() if name.isupper()}
print(json.dumps({"agent": texts(layout), "puller": texts(load_puller())}))`;
  const { agent, puller } = JSON.parse(python("-c", script).stdout);
  const { identity, publicKey, current, stack, project } = nodePaths;
  expect(agent).toMatchObject({ CURRENT: current, STACK: stack, PROJECT: project });
  expect(agent).toMatchObject({ PULLER: nodePaths.puller, PUBLIC_KEY: publicKey });
  const { ROOT, BUNDLES, CURRENT, PENDING } = agent;
  expect(puller).toMatchObject({ IDENTITY: identity, PUBLIC_KEY: publicKey, ROOT, BUNDLES, CURRENT, PENDING });
});

test("the request script, the node agent and the commands read equally much of a request, a report and a log", () => {
  const script = readNodeSources().requestScript;
  const bytes = (name: string) => Number(new RegExp(`^most_${name}_bytes=(\\d+)$`, "m").exec(script)?.[1]);
  const read = `
import json, logs
from tests.puller_case import load_puller
print(json.dumps({"request": load_puller().REQUEST_BYTES, "log": logs.MOST_CHARACTERS}))`;
  const { request, log } = JSON.parse(python("-c", read).stdout);
  expect(bytes("request")).toBe(request);
  expect(bytes("report")).toBe(mostReportCharacters);
  // A character has at most four bytes. The rest is for the nonce.
  expect(bytes("log")).toBeGreaterThanOrEqual(4 * log);
});

test("the node agent renews a certificate at the age that the CLI commands and the expiry alarm expect", () => {
  const lives = [6, 9.99, 10, 45, 90, 398];
  const script = `
import json, os, sys
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from unittest.mock import MagicMock, patch
for name in ("", ".x509", ".hazmat", ".hazmat.primitives", ".hazmat.primitives.asymmetric", ".hazmat.primitives.asymmetric.types"):
    sys.modules["cryptography" + name] = MagicMock()
from certificate import KeyPair
from pathlib import Path
from plan import read_plan
renewal = read_plan(Path(os.environ["BUNDLE"])).rules.renewal
start = datetime(2026, 1, 1, tzinfo=UTC)
def left(life, days):
    end = start + timedelta(days=life)
    with patch.object(KeyPair, "leaf", SimpleNamespace(not_valid_before_utc=start, not_valid_after_utc=end)):
        return KeyPair("", "").renewal_left(renewal, end - timedelta(days=days))
print(json.dumps([[left(life, days) for days in times] for life, times in json.loads(sys.argv[1])]))`;
  const times = lives.map((life) => [life, Object.values(renewalTime(life))]);
  const { stdout } = python("-c", script, JSON.stringify(times));
  expect(JSON.parse(stdout)).toEqual(lives.map(() => [expect.closeTo(1, 4), expect.closeTo(renewalPercent / 100, 4)]));
});

test("Python can parse every module of the node agent", () => {
  const texts = Object.values(readNodeSources().agent);
  const { status, stderr } = spawnSync(
    "python3",
    ["-c", "import ast, json, sys; [ast.parse(text) for text in json.load(sys.stdin)]"],
    { input: JSON.stringify(texts), encoding: "utf8" },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(texts.length).toBeGreaterThan(20);
});
