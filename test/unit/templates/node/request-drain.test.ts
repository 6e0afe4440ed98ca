import { unreachable } from "../../../support/fake-aws";
import { RequestBucket, silent } from "../../../support/request-bucket";

let bucket: RequestBucket;

beforeEach(() => {
  bucket = new RequestBucket();
});
afterEach(() => bucket.close());

/** The fake node ends before the script's first poll, and the first poll ends the wait. */
const atOnce = { ...silent, FAKE_NODE_FIRST: "yes" };

describe("a drain request", () => {
  test("waits until all calls have ended and leaves no request for the next instance", () => {
    const { status, stderr } = bucket.ask("drain", [
      `cp "$1" "${"$"}{folder}/seen"`,
      "report working '2 rooms are left'",
      "heard",
      "report drained 'no room is left'",
    ]);
    expect(status).toBe(0);
    expect(stderr).toBe("euc1-1: 2 rooms are left\neuc1-1: drained. no room is left\n");
    expect(JSON.parse(bucket.get("seen") ?? "")).toMatchObject({ verb: "drain", instance: "i-0123" });
    expect(bucket.request).toBeUndefined();
  });

  test.each([
    ["does not answer", undefined, silent, /warning: does not answer/],
    ["stops answering", ["report working 'draining'"], atOnce, /not finished its drain within 0 s.*draining/],
    ["fails to drain", ["report failed 'Docker is away'"], {}, /failed\. Docker is away/],
  ] as const)("allows the deletion of a node that %s", (_, node, times, message) => {
    const { status, stderr } = bucket.ask("drain", node, times);
    expect(stderr).toMatch(message);
    expect(status).toBe(0);
    expect(bucket.request).toBeUndefined();
  });

  test("allows the deletion of a node whose bucket does not exist, but fails if AWS denies access to the bucket", () => {
    bucket.delete();
    expect(bucket.ask("drain", undefined)).toMatchObject({
      status: 0,
      stderr: expect.stringContaining("bucket does not exist"),
    });
    bucket.create();
    bucket.set("denied");
    expect(bucket.ask("drain", undefined)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("AccessDenied"),
    });
  });
});

describe("a drain request that a node rejects", () => {
  const rejected = ["bundle=3fa9", "report refused 'the request has no signature'"];

  test("keeps the node and registers it again, because a deletion would cut its calls", () => {
    const { status, stderr } = bucket.ask("drain", rejected, { HEALTH_CHECK: "check-1" });
    expect(status).toBe(1);
    expect(stderr).toMatch(/refused\. the request has no signature\n.*REQUEST_SKIP_DRAIN=1/);
    expect(bucket.lines("entry").at(-1)).toMatch(/--no-disabled --no-inverted$/);
    expect(bucket.request).toBeUndefined();
  });

  test("allows the deletion with REQUEST_SKIP_DRAIN, and the deletion of a node without a bundle", () => {
    expect(bucket.ask("drain", rejected, { REQUEST_SKIP_DRAIN: "1" }).status).toBe(0);
    expect(bucket.ask("drain", ["report refused 'no bundle has been applied'"]).status).toBe(0);
  });
});

test.each(["NotFoundException", "KMSInvalidStateException", "DisabledException"])(
  "a node whose requests can't be signed is deleted without a drain: KMS returns %s",
  (code) => {
    bucket.set("sign-error", code);
    const { status, stderr } = bucket.ask("drain", undefined);
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining("can't be signed") });
  },
);

test("an object of any size or form in place of the last request stops no command", () => {
  const junk = ["x".repeat(100_000), '"time":"1"\n"time":"2"\n"nonce":"a"\n"nonce":"b"\n', '"time":"0009"', ""];
  for (const content of junk) {
    bucket.put("desired", content);
    expect(bucket.ask("apply", ["report healthy ''"]).status).toBe(0);
    expect(bucket.isSigned).toBe(true);
  }
});

describe("while AWS throttles API calls", () => {
  const busy = (calls: number) => bucket.set("busy", "x".repeat(calls));

  test("a drain request is retried until the node has drained", () => {
    busy(5);
    const { status, stderr } = bucket.ask("drain", ["report drained ''"], { HEALTH_CHECK: "check-1" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "euc1-1: takes no new joins\neuc1-1: drained. \n" });
  });

  test("a request to apply a bundle, and the poll for its answer, are retried", () => {
    busy(5);
    expect(bucket.ask("apply", ["report healthy ''"])).toMatchObject({ status: 0, stderr: "" });
    busy(1);
    const { status, stderr } = bucket.ask("apply", undefined, silent);
    expect({ status, stderr }).toMatchObject({ status: 1, stderr: expect.stringContaining("not become healthy") });
  });

  test("a request to apply a bundle fails with AWS's error message after too many retries", () => {
    busy(20);
    expect(bucket.ask("apply", ["report healthy ''"])).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/ThrottlingException[\s\S]*could not be written/),
    });
    expect(bucket.request).toBeUndefined();
  });
});

const headed = "fatal error: An error occurred (%) when calling the HeadObject operation (reached max retries: 4): ";

test.each([
  ["is unreachable", unreachable],
  ["answers HTTP 503", `${headed.replace("%", "503")}Service Unavailable\n`],
  ["answers HTTP 500", `${headed.replace("%", "500")}Internal Server Error\n`],
])(
  "a drain request allows the deletion of a node without a drain and without a wait if the bucket's region %s",
  (_, said) => {
    bucket.set("away", said);
    const [since, propagationSeconds] = [Date.now(), 60];
    const { status, stderr } = bucket.ask("drain", undefined, {
      HEALTH_CHECK: "check-1",
      REQUEST_PROPAGATION_SECONDS: `${propagationSeconds}`,
    });
    expect(status).toBe(0);
    expect(Date.now() - since).toBeLessThan((propagationSeconds * 1000) / 2);
    expect(stderr).toContain(`its bucket does not answer, so it is deleted without a drain: ${said}`);
  },
);

test("a short network failure of the operator's machine does not skip the drain: the drain request polls the region again after 30 s", () => {
  bucket.set("blip");
  const { status, stderr } = bucket.ask("drain", ["report drained 'no room is left'"]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "euc1-1: drained. no room is left\n" });
});
