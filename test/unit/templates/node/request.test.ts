import { spawnSync } from "node:child_process";
import { readNodeSources } from "../../../../stacks/node-sources";
import { requestShell } from "../../../../templates/node/request";
import { RequestBucket, silent } from "../../../support/request-bucket";

let bucket: RequestBucket;

/** Fields of every request. */
const forInstance = { time: expect.stringMatching(/^\d{10}$/), node: "euc1-1", instance: "i-0123" };

beforeEach(() => {
  bucket = new RequestBucket();
});
afterEach(() => bucket.close());

describe("an apply request", () => {
  test("is written to the bucket and ends when the node is healthy", () => {
    const done = bucket.ask("apply", ["report healthy 'all services serve'"]);
    expect(done).toEqual({ status: 0, stdout: "euc1-1: healthy. all services serve\n", stderr: "" });
    expect(bucket.request).toEqual({
      verb: "apply",
      bundle: "version.7",
      sha256: "3fa9",
      secrets: "a-b-c",
      nonce: expect.stringMatching(/^apply-\d+-\d+$/),
      ...forInstance,
      publicKey: "-----BEGIN PUBLIC KEY-----\nMFkw\n",
    });
    expect(bucket.isSigned).toBe(true);
  });

  test("is signed although AWS throttles the call and the aws command prints a warning", () => {
    bucket.set("busy", "...");
    bucket.set("warning");
    expect(bucket.ask("apply", ["report healthy ''"]).status).toBe(0);
    expect(bucket.isSigned).toBe(true);
  });

  test("is not sent if AWS denies the signature", () => {
    bucket.unset("key.pem");
    const { status, stderr } = bucket.ask("apply", ["report healthy ''"]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/AccessDeniedException.*Sign operation[\s\S]*desired/);
    expect(bucket.request).toBeUndefined();
  });

  test("has no signature on a stack of an earlier release, which has no key", () => {
    expect(bucket.ask("apply", ["report healthy ''"], { SIGNING_KEY: "" }).status).toBe(0);
    expect(bucket.get("desired.metadata")).toBe("");
  });

  test.each([
    ["is later than that of the last request, whose sender's clock is fast", 600, 601],
    ["ignores the time of a request that is far in the future", 100_000, 0],
    ["is the time of this machine after an earlier request", -600, 0],
  ])("has a time that %s", (_, lastSeconds, seconds) => {
    const now = Math.floor(Date.now() / 1000);
    bucket.put("desired", JSON.stringify({ verb: "apply", nonce: "apply-1-1", time: `${now + lastSeconds}` }));
    expect(bucket.ask("apply", ["report healthy ''"]).status).toBe(0);
    const late = Number(bucket.request.time) - now - seconds;
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(60);
  });

  test("prints each reported step of the node once", () => {
    const steps = ["report working 'draining LiveKit'", "heard", "heard", "report working 'starting'", "heard"];
    const { status, stderr } = bucket.ask("apply", [...steps, "report healthy ''"]);
    expect(status).toBe(0);
    expect(stderr).toBe("euc1-1: draining LiveKit\neuc1-1: starting\n");
  });

  test.each(["refused", "failed"])("fails with the node's message when the node reports %j", (word) => {
    const text = "nginx: [emerg] unknown directive, line 3\nthe old bundle still serves";
    const { status, stderr } = bucket.ask("apply", [`report ${word} '${text}'`]);
    expect(status).toBe(1);
    expect(stderr).toBe(`euc1-1: ${word}. ${text}\n`);
  });

  test("fails when the node is healthy with a bundle other than the requested bundle", () => {
    expect(bucket.ask("apply", ["bundle=0000", "report healthy ''"])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("with bundle 0000 in place of 3fa9"),
    });
  });

  test.each(["", undefined])(
    "is not sent if the S3 version of the bundle is %j; the error suggests a refresh",
    (BUNDLE) => {
      const { status, stderr } = bucket.ask("apply", ["report healthy ''"], { BUNDLE });
      expect(status).toBe(1);
      expect(stderr).toMatch(
        /^euc1-1: got no request, because its bundle s3:\/\/bundles-1\/bundles\/euc1-1\.json has no version.*up --refresh\n$/,
      );
      expect(bucket.request).toBeUndefined();
    },
  );

  test("is not sent again after another command has replaced it", () => {
    const steps = [
      `printf '{"verb":"rollback","nonce":"rollback-1-1"}\\n' > desired`,
      "printf 'rollback-1-1 healthy 3fa9\\n\\n' > report",
    ];
    const { status, stderr } = bucket.ask("apply", steps, { ...silent, FAKE_NODE_FIRST: "yes" });
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining("has not become healthy") });
    expect(bucket.request).toEqual({ verb: "rollback", nonce: "rollback-1-1" });
  });

  test("ignores the node's answer to another request", () => {
    bucket.put("report", "apply-1-1 healthy 3fa9\nlong ago\n");
    const { status, stderr } = bucket.ask("apply", undefined, { ...silent, INSTANCE: "i-0123" });
    expect(status).toBe(1);
    expect(stderr).toMatch(/not become healthy within 0 s; last message: none/);
    expect(stderr).toContain("--instance-id i-0123");
  });

  test("prints a repeated AWS error once and retries", () => {
    bucket.set("expired");
    const { status, stderr } = bucket.ask("apply", ["report healthy ''"]);
    expect(status).toBe(0);
    expect(stderr.match(/ExpiredToken/g)).toHaveLength(1);
  });

  test("fails immediately if AWS denies access or the aws command is missing", () => {
    bucket.set("denied");
    expect(bucket.ask("apply", undefined)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/AccessDenied[\s\S]*desired/),
    });
    const bare = bucket.ask("apply", undefined, { PATH: "/nowhere" });
    expect(bare).toMatchObject({ status: 1, stderr: expect.stringMatching(/aws command is not on PATH.*https:/) });
  });
});

test.each(["rollback", "maintain"] as const)(
  "the request %s needs no bundle and ends when the node is healthy",
  (verb) => {
    const [status, stdout] = [0, "euc1-1: healthy. all services serve\n"];
    const bare = { BUNDLE: undefined, SHA256: undefined, SECRETS: undefined };
    expect(bucket.ask(verb, ["report healthy 'all services serve'"], bare)).toEqual({ status, stdout, stderr: "" });
    expect(bucket.request).toEqual({ verb, nonce: expect.stringMatching(`^${verb}-`), ...forInstance });
    expect(bucket.isSigned).toBe(true);
  },
);

test("withdraw deletes the pending request and sends no request", () => {
  bucket.ask("apply", ["report healthy 'all services serve'"]);
  expect(bucket.request).toBeDefined();
  expect(bucket.ask("withdraw", undefined)).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(bucket.request).toBeUndefined();
});

test("the request script is valid POSIX shell", () => {
  const [shell, , script = ""] = requestShell(readNodeSources().requestScript);
  expect(spawnSync(shell, ["-n"], { input: script, encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
});
