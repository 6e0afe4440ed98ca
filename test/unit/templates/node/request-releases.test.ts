import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readNodeSources } from "../../../../stacks/node-sources";
import { requestShell } from "../../../../templates/node/request";
import { RequestBucket } from "../../../support/request-bucket";

/** The Pulumi state keeps the script of the release that applied a node's last change. */
const scripts = {
  "this release": requestShell(readNodeSources().requestScript),
  "the first release": ["/bin/sh", "-c", readFileSync(join(__dirname, "../../../support/first-request.sh"), "utf8")],
} as const;

/** After a rollback, a node runs the agent of an earlier release. `agent/tests` checks this release's report. */
const drainReports = {
  "this release": "report working 'draining livekit, for 9 s at most' draining",
  "the first release": "report working 'draining livekit, for 9 s at most'",
} as const;

const pairs = [
  ["this release", "the first release"],
  ["the first release", "this release"],
] as const;

let bucket: RequestBucket;
afterEach(() => bucket.close());

describe.each(pairs)("the request script of %s with the agent of %s", (script, agent) => {
  beforeEach(() => {
    bucket = new RequestBucket(scripts[script]);
  });

  test("deregisters the node while LiveKit drains, and registers it once the bundle is applied", () => {
    const steps = [drainReports[agent], "heard", "report working 'starting livekit'", "heard", "report healthy 'done'"];
    const { status, stdout, stderr } = bucket.ask("apply", steps, { HEALTH_CHECK: "check-1" });
    expect({ status, stdout }).toEqual({ status: 0, stdout: "euc1-1: healthy. done\n" });
    expect(stderr).toContain("euc1-1: starting livekit\n");
    expect(bucket.lines("entry")).toEqual([
      "route53 update-health-check --health-check-id check-1 --disabled --inverted",
      "route53 update-health-check --health-check-id check-1 --no-disabled --no-inverted",
    ]);
  });

  test("waits for a drain before the node is deleted", () => {
    const { status, stderr } = bucket.ask("drain", [
      drainReports[agent],
      "heard",
      "report drained 'LiveKit has ended'",
    ]);
    expect(status).toBe(0);
    expect(stderr).toBe("euc1-1: draining livekit, for 9 s at most\neuc1-1: drained. LiveKit has ended\n");
  });
});
