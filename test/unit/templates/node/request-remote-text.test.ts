import { sanitizeText } from "../../../../model/sanitize";
import { executedParts, harmlessText, hostileText, otherLines, workflowCommands } from "../../../support/remote-text";
import { RequestBucket, silent } from "../../../support/request-bucket";

let bucket: RequestBucket;

beforeEach(() => {
  bucket = new RequestBucket();
});
afterEach(() => bucket.close());

const remote = [hostileText, ...workflowCommands].join("\n");
const variables = { SERVICE: "livekit", LINES: "50" };

test.each([
  ["a final report", "apply", [`report healthy '${remote}'`]],
  ["a progress report", "apply", [`report working '${remote}'`, "heard", "report healthy ''"]],
  ["a failure", "apply", [`report failed '${remote}'`]],
  ["a log", "logs", [`printf '%s\\n%s\\n' "$nonce" '${remote}' > ../../logs/euc1-1`, "report healthy ''"]],
] as const)("the request script prints nothing of %s that a terminal or GitHub's runner executes", (_, verb, node) => {
  const { stdout, stderr } = bucket.ask(verb, node, variables);
  expect(stdout + stderr).toContain(harmlessText);
  expect(executedParts(stdout + stderr)).toEqual([]);
});

test("the request script prints nothing of AWS's error that a terminal or GitHub's runner executes", () => {
  bucket.set("away", remote);
  const { status, stderr } = bucket.ask("apply", undefined);
  expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining(harmlessText) });
  expect(executedParts(stderr)).toEqual([]);
});

test("the request script sanitizes a log as the commands do", () => {
  const lines = [
    ...otherLines,
    "\tGrüße ✓ 日本 👩‍💻 שלום",
    "\u001b\u001b[2J[2Jx\u001b[",
    "##\u001b[1m[x",
    ...workflowCommands,
  ].join("\n");
  const node = [`printf '%s\\n%s\\n' "$nonce" '${lines}' > ../../logs/euc1-1`, "report healthy ''"];
  expect(bucket.ask("logs", node, variables).stdout).toBe(`${sanitizeText(lines)}\n`);
});

test("the request script sanitizes a log with controls inside controls, which are not UTF-8, within seconds", () => {
  const nested = `head -c 30000 /dev/zero | tr '\\0' '\\302'; head -c 30000 /dev/zero | tr '\\0' '\\200'`;
  const node = [`{ echo "$nonce"; ${nested}; } > ../../logs/euc1-1`, "report healthy ''"];
  const start = performance.now();
  const { stdout } = bucket.ask("logs", node, variables);
  expect(performance.now() - start).toBeLessThan(5000);
  expect(stdout).toContain("?");
  expect(executedParts(stdout)).toEqual([]);
});

test("the request script does not print a report that is too long", () => {
  const text = `{ printf '%s working -\\n' "$nonce"; head -c 3000000 /dev/zero | tr '\\0' x; }`;
  const node = [`${text} > "$1.new" && mv "$1.new" report`];
  const { status, stderr } = bucket.ask("apply", node, { ...silent, FAKE_NODE_FIRST: "yes" });
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: expect.stringMatching(/^euc1-1: its report has more than 65536 bytes\n/),
  });
  expect(stderr.length).toBeLessThan(1000);
});
