import { RequestBucket, silent } from "../../../support/request-bucket";

let bucket: RequestBucket;

beforeEach(() => {
  bucket = new RequestBucket();
});
afterEach(() => bucket.close());

describe("logs of a node's service", () => {
  const variables = { SERVICE: "livekit", LINES: "50" };
  const sends = (text: string) => `printf '%s\\n%s\\n' "$nonce" '${text}' > ../../logs/euc1-1`;

  test("are printed to standard output and deleted from the bucket", () => {
    const { status, stdout, stderr } = bucket.ask("logs", [sends("one\ntwo"), "report healthy ''"], variables);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "one\ntwo\n", stderr: "" });
    expect(bucket.request).toMatchObject({ verb: "logs", service: "livekit", lines: "50" });
    expect(bucket.log).toBeUndefined();
  });

  test("are printed for an unhealthy node too, with the node's status", () => {
    const { status, stdout, stderr } = bucket.ask(
      "logs",
      [sends("one"), "report failed 'nginx is unhealthy'"],
      variables,
    );
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "one\n", stderr: "euc1-1: nginx is unhealthy\n" });
  });

  test("are deleted from the bucket if the node does not report in time", () => {
    const times = { ...silent, FAKE_NODE_FIRST: "yes" };
    const { status, stderr } = bucket.ask("logs", [sends("one")], { ...variables, ...times });
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining("has not answered within 0 s") });
    expect(bucket.log).toBeUndefined();
  });

  test("are deleted from the bucket even if they cannot be read", () => {
    bucket.set("read-hook", `printf xx > "$FAKE_S3/busy"`);
    const steps = [sends("one"), "report healthy ''"];
    expect(bucket.ask("logs", steps, { ...variables, FAKE_NODE_FIRST: "yes" })).toMatchObject({
      status: 1,
      stdout: "",
    });
    expect(bucket.log).toBeUndefined();
  });

  test("fail with the node's message if the node sends no log, even if another request's log is in the bucket", () => {
    bucket.set("bundles-1/logs/euc1-1", "logs-1-1\nof another\n");
    const { status, stdout, stderr } = bucket.ask("logs", ["report refused 'it is no service'"], variables);
    expect({ status, stdout, stderr }).toEqual({
      status: 1,
      stdout: "",
      stderr: "euc1-1: refused. it is no service\n",
    });
  });

  test.each([
    ["the node has sent no report", undefined, "has not started it"],
    ["the node reports its progress", "apply-1-1 working 3fa9\nstarting\n", "reports: starting"],
    ["the node's report answers an earlier request", "apply-0-0 healthy 3fa9\n\n", "has not started it"],
  ])("are not requested if the pending request does not end in time and %s", (_, report, words) => {
    bucket.put("desired", '{"verb":"apply","nonce":"apply-1-1"}\n');
    if (report) bucket.put("report", report);
    const { status, stderr } = bucket.ask("logs", ["report healthy ''"], { ...variables, ...silent });
    expect(status).toBe(1);
    expect(stderr).toMatch(
      new RegExp(`got no new request, because it works on another: apply, sent \\d+ s ago\\. It ${words}\n`),
    );
    expect(stderr).toContain("aws ec2 get-console-output");
    expect(bucket.request).toEqual({ verb: "apply", nonce: "apply-1-1" });
  });

  test("are requested and printed after the previous request has ended", () => {
    bucket.put("desired", '{"verb":"apply","nonce":"apply-1-1"}\n');
    bucket.put("report", "apply-1-1 working 3fa9\nstarting\n");
    bucket.set("read-hook", `printf 'apply-1-1 healthy 3fa9\\n\\n' > "$FAKE_S3/bundles-1/nodes/euc1-1/report"`);
    const { status, stdout, stderr } = bucket.ask("logs", [sends("one"), "report healthy ''"], variables);
    expect({ status, stdout }).toEqual({ status: 0, stdout: "one\n" });
    expect(stderr).toBe("euc1-1: waits up to 120 s for its last request, apply. It reports: starting\n");
  });

  /**
   * The node first answers the request of a second command, which has replaced the first command's request. Then it
   * answers the first command's next request.
   */
  const replaced = [
    "if [ ! -e replaced ]; then",
    "  : > replaced",
    "  printf 'logs-1-1 working 3fa9\\nreading\\n' > report",
    `  printf '{"verb":"logs","nonce":"logs-1-1"}\\n' > desired.new && mv desired.new desired`,
    "  heard; heard; heard",
    "  printf 'logs-1-1\\nof the second\\n' > ../../logs/euc1-1",
    "  printf 'logs-1-1 healthy 3fa9\\n\\n' > report",
    "  exit",
    "fi",
  ];

  test("are requested again after another command has replaced the log request", () => {
    const { status, stdout, stderr } = bucket.ask("logs", [...replaced, sends("one"), "report healthy ''"], variables);
    expect({ status, stdout }).toEqual({ status: 0, stdout: "one\n" });
    expect(stderr).toMatch(/another command has replaced this request: logs\n.*waits up to \d+ s for its last request/);
    expect(bucket.log).toBeUndefined();
  });

  test("stay in the bucket if another command requested them", () => {
    const other = "logs-1-1\nof another\n";
    bucket.set("bundles-1/logs/euc1-1", other);
    bucket.ask("logs", undefined, { ...variables, ...silent });
    expect(bucket.log).toBe(other);
  });

  test("are not requested if the previous request cannot be read, because the node may not have answered it", () => {
    const last = '{"verb":"apply","nonce":"apply-1-1"}\n';
    bucket.put("desired", last);
    bucket.set("busy", "x");
    const { status, stderr } = bucket.ask("logs", [sends("one"), "report healthy ''"], variables);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringMatching(/could not be read[\s\S]*SlowDown/),
    });
    expect(bucket.get("desired")).toBe(last);
  });

  test("are requested only after the node has answered the previous request", () => {
    bucket.put("desired", '{"verb":"apply","nonce":"apply-1-1"}\n');
    bucket.put("report", "apply-1-1 failed 3fa9\nnginx is unhealthy\n");
    expect(bucket.ask("logs", [sends("one"), "report healthy ''"], variables)).toMatchObject({
      status: 0,
      stdout: "one\n",
    });
  });
});
