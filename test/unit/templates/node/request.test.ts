import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RequestVerb, requestShell } from "../../../../templates/node/request";
import { fakeNode, installFakeAws, unreachable } from "../../../support/fake-aws";

let folder: string;
let queue: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "request-"));
  queue = join(folder, "s3/bundles-1/nodes/euc1-1");
  mkdirSync(queue, { recursive: true });
  installFakeAws(join(folder, "bin"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Asks a node that does what the lines say, with times of seconds instead of minutes. */
function ask(verb: RequestVerb, node: readonly string[] | undefined, env: Record<string, string | undefined> = {}) {
  const [shell, ...args] = requestShell();
  const { status, stdout, stderr } = spawnSync(shell, [...args, verb], {
    encoding: "utf8",
    env: {
      PATH: `${join(folder, "bin")}:/usr/bin:/bin`,
      FAKE_S3: join(folder, "s3"),
      ...(node && { FAKE_NODE: fakeNode(join(folder, "node"), ...node) }),
      BUCKET: "bundles-1",
      NODE: "euc1-1",
      AWS_REGION: "eu-central-1",
      BUNDLE: "version.7",
      SHA256: "3fa9",
      SECRETS: "a-b-c",
      TIMEOUT_SECONDS: "3",
      TAKE_UP_SECONDS: "1",
      POLL_SECONDS: "0.1",
      AWAY_SECONDS: "0.1",
      LEAVE_SECONDS: "0.1",
      ...env,
    },
  });
  return { status, stdout, stderr };
}

const request = () => JSON.parse(readFileSync(join(queue, "desired"), "utf8"));

describe("apply", () => {
  test("sends what the node needs and ends when it is healthy", () => {
    const done = ask("apply", ["report healthy 'all services serve'"]);
    expect(done).toEqual({ status: 0, stdout: "euc1-1: healthy. all services serve\n", stderr: "" });
    expect(request()).toEqual({
      verb: "apply",
      bundle: "version.7",
      sha256: "3fa9",
      secrets: "a-b-c",
      nonce: expect.stringMatching(/^apply-\d+-\d+$/),
    });
  });

  test("shows each step once, as the node tells it", () => {
    const steps = ["report working 'draining LiveKit'", "sleep 0.5", "report working 'starting'", "sleep 0.5"];
    const { status, stderr } = ask("apply", [...steps, "report healthy ''"]);
    expect(status).toBe(0);
    expect(stderr).toBe("euc1-1: draining LiveKit\neuc1-1: starting\n");
  });

  test.each(["refused", "failed"])("fails with the node's own text when it has %s", (word) => {
    const text = "nginx: [emerg] unknown directive, line 3\nthe old bundle still serves";
    const { status, stderr } = ask("apply", [`report ${word} '${text}'`]);
    expect(status).toBe(1);
    expect(stderr).toBe(`euc1-1: ${word}. ${text}\n`);
  });

  test("fails when a node is healthy with another bundle", () => {
    expect(ask("apply", ["bundle=0000", "report healthy ''"])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("with bundle 0000 in place of 3fa9"),
    });
  });

  test.each(["", undefined])("asks nobody for a bundle without a version, and says what finds it", (BUNDLE) => {
    const { status, stderr } = ask("apply", ["report healthy ''"], { BUNDLE });
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^euc1-1: its bundle s3:\/\/bundles-1\/bundles\/euc1-1\.json has no version.*up --refresh\n$/,
    );
    expect(existsSync(join(queue, "desired"))).toBe(false);
  });

  test("takes no answer to another request for its own", () => {
    writeFileSync(join(queue, "report"), "apply-1-1 healthy 3fa9\nlong ago\n");
    const { status, stderr } = ask("apply", undefined, { TIMEOUT_SECONDS: "1", INSTANCE: "i-0123" });
    expect(status).toBe(1);
    expect(stderr).toMatch(/not become healthy within 1 s; its last words: none/);
    expect(stderr).toContain("--instance-id i-0123");
  });

  test("tells trouble once and asks again", () => {
    writeFileSync(join(folder, "s3/expired"), "");
    const { status, stderr } = ask("apply", ["sleep 0.5", "report healthy ''"]);
    expect(status).toBe(0);
    expect(stderr.match(/ExpiredToken/g)).toHaveLength(1);
  });

  test("fails at once where it may not ask, or has no aws command", () => {
    writeFileSync(join(folder, "s3/denied"), "");
    expect(ask("apply", undefined)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/AccessDenied[\s\S]*desired/),
    });
    const bare = ask("apply", undefined, { PATH: join(folder, "nothing") });
    expect(bare).toMatchObject({ status: 1, stderr: expect.stringMatching(/aws command is not on PATH.*https:/) });
  });
});

test.each(["rollback", "maintain"] as const)("%s needs no bundle, and ends when the node is healthy", (verb) => {
  const [status, stdout] = [0, "euc1-1: healthy. all services serve\n"];
  const bare = { BUNDLE: undefined, SHA256: undefined, SECRETS: undefined };
  expect(ask(verb, ["report healthy 'all services serve'"], bare)).toEqual({ status, stdout, stderr: "" });
  expect(request()).toEqual({ verb, nonce: expect.stringMatching(`^${verb}-`) });
});

describe("logs", () => {
  const asked = { SERVICE: "livekit", LINES: "50" };
  const sends = (text: string) => `printf '%s\\n%s\\n' "$nonce" '${text}' > logs`;

  test("come on standard output, and do not stay in the bucket", () => {
    const { status, stdout, stderr } = ask("logs", [sends("one\ntwo"), "report healthy ''"], asked);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "one\ntwo\n", stderr: "" });
    expect(request()).toMatchObject({ verb: "logs", service: "livekit", lines: "50" });
    expect(existsSync(join(queue, "logs"))).toBe(false);
  });

  test("come from a node that is not healthy as well, which says so", () => {
    const { status, stdout, stderr } = ask("logs", [sends("one"), "report failed 'nginx is unhealthy'"], asked);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "one\n", stderr: "euc1-1: nginx is unhealthy\n" });
  });

  test("fail with the node's words where it sends none, whatever another request has left", () => {
    writeFileSync(join(queue, "logs"), "logs-1-1\nof another\n");
    const { status, stdout, stderr } = ask("logs", ["report refused 'it is no service'"], asked);
    expect({ status, stdout, stderr }).toEqual({
      status: 1,
      stdout: "",
      stderr: "euc1-1: refused. it is no service\n",
    });
  });

  test.each([undefined, "apply-1-1 working 3fa9\nstarting\n", "apply-0-0 healthy 3fa9\n\n"])(
    "are not asked for while the node is at work on a request: it would not be answered (report: %j)",
    (report) => {
      writeFileSync(join(queue, "desired"), '{"verb":"apply","nonce":"apply-1-1"}\n');
      if (report) writeFileSync(join(queue, "report"), report);
      const { status, stderr } = ask("logs", ["report healthy ''"], asked);
      expect({ status, stderr }).toEqual({
        status: 1,
        stderr: expect.stringContaining("is at work on another request"),
      });
      expect(request()).toEqual({ verb: "apply", nonce: "apply-1-1" });
    },
  );

  test("are asked for once the last request has been answered", () => {
    writeFileSync(join(queue, "desired"), '{"verb":"apply","nonce":"apply-1-1"}\n');
    writeFileSync(join(queue, "report"), "apply-1-1 failed 3fa9\nnginx is unhealthy\n");
    expect(ask("logs", [sends("one"), "report healthy ''"], asked)).toMatchObject({ status: 0, stdout: "one\n" });
  });
});

test("withdraw takes back what was asked, of which nothing may be left, and asks nobody", () => {
  ask("apply", ["report healthy 'all services serve'"]);
  expect(existsSync(join(queue, "desired"))).toBe(true);
  expect(ask("withdraw", undefined)).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(existsSync(join(queue, "desired"))).toBe(false);
});

describe("drain", () => {
  test("waits for the calls to end, and leaves no request to the next instance", () => {
    const { status, stderr } = ask("drain", [
      `cp "$1" "${"$"}{folder}/seen"`,
      "report working '2 rooms are left'",
      "sleep 1.5",
      "report drained 'no room is left'",
    ]);
    expect(status).toBe(0);
    expect(stderr).toBe("euc1-1: 2 rooms are left\neuc1-1: drained. no room is left\n");
    expect(JSON.parse(readFileSync(join(queue, "seen"), "utf8"))).toEqual({ verb: "drain", nonce: expect.any(String) });
    expect(existsSync(join(queue, "desired"))).toBe(false);
  });

  test.each([
    ["does not answer", undefined, /warning: does not answer/],
    ["stops answering", ["report working 'draining'"], /not ended its drain within 3 s.*draining/],
    ["fails to drain", ["report failed 'Docker is away'"], /failed\. Docker is away/],
  ] as const)("lets a node go that %s", (_, node, told) => {
    const { status, stderr } = ask("drain", node);
    expect(stderr).toMatch(told);
    expect(status).toBe(0);
    expect(existsSync(join(queue, "desired"))).toBe(false);
  });

  test("lets a node go whose bucket is gone, but not for want of permission", () => {
    rmSync(join(folder, "s3/bundles-1"), { recursive: true });
    expect(ask("drain", undefined)).toMatchObject({ status: 0, stderr: expect.stringContaining("bucket is gone") });
    mkdirSync(queue, { recursive: true });
    writeFileSync(join(folder, "s3/denied"), "");
    expect(ask("drain", undefined)).toMatchObject({ status: 1, stderr: expect.stringContaining("AccessDenied") });
  });
});

describe("a node of several", () => {
  const entry = () => readFileSync(join(folder, "s3/entry"), "utf8").trim().split("\n");
  const targets = { TARGET_GROUPS: "arn:a arn:b", INSTANCE: "i-1", NODE_REGION: "us-east-1" };
  const outOf = (verb: string) =>
    ["arn:a", "arn:b"].map((group) => `elbv2 ${verb} --region us-east-1 --target-group-arn ${group} --targets Id=i-1`);

  test("leaves its region's entry before its calls end", () => {
    const seen = 'cp ../../../entry "$folder/seen"';
    const { status, stderr } = ask("drain", [seen, "report drained ''"], targets);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "euc1-1: takes no new joins\neuc1-1: drained. \n" });
    expect(readFileSync(join(queue, "seen"), "utf8").trim().split("\n")).toEqual(outOf("deregister-targets"));
  });

  test("is out of the entry while LiveKit drains for a change, and back once it is healthy", () => {
    const steps = ["report working 'draining livekit, for 9 s at most'", "sleep 0.5", "report healthy ''"];
    const { status } = ask("apply", steps, { HEALTH_CHECK: "check-1" });
    expect(status).toBe(0);
    expect(entry()).toEqual([
      "route53 update-health-check --health-check-id check-1 --disabled --inverted",
      "route53 update-health-check --health-check-id check-1 --no-disabled --no-inverted",
    ]);
  });

  test("stays in the entry while nothing drains, and comes back where the one who took it out has died", () => {
    expect(ask("apply", ["report healthy ''"], targets).status).toBe(0);
    expect(entry()).toEqual(outOf("register-targets"));
  });

  describe("behind a load balancer", () => {
    const looks = () => readFileSync(join(folder, "s3/looks"), "utf8").trim().split("\n");

    test.each(["apply", "rollback", "maintain"] as const)(
      "has not ended its %s before each of its targets is healthy",
      (verb) => {
        writeFileSync(join(folder, "s3/initial"), "xxx");
        const { status, stdout, stderr } = ask(verb, ["report healthy ''"], targets);
        expect([status, stdout]).toEqual([0, "euc1-1: healthy. \n"]);
        expect(stderr.match(/waits until its load balancer finds it healthy/g)).toHaveLength(1);
        expect(looks().map((look) => /--target-group-arn (\S+) --targets (\S+)/.exec(look)?.slice(1))).toEqual([
          ...Array(4).fill(["arn:a", "Id=i-1"]),
          ["arn:b", "Id=i-1"],
        ]);
        expect(looks()[0]).toContain("--region us-east-1");
      },
    );

    test("fails with the load balancer's reason where a target does not become healthy", () => {
      writeFileSync(join(folder, "s3/unhealthy"), "");
      const { status, stderr } = ask("apply", ["report healthy ''"], { ...targets, HEALTH_SECONDS: "0" });
      expect(status).toBe(1);
      expect(stderr).toMatch(/does not find it healthy: unhealthy\s+Target\.FailedHealthChecks/);
      expect(stderr).toContain("describe-target-health --region us-east-1 --target-group-arn arn:a, ");
    });
  });

  test("comes back when the new bundle is refused after a drain", () => {
    const steps = ["report working 'draining livekit, for 9 s at most'", "sleep 0.5", "report refused 'no'"];
    expect(ask("apply", steps, targets).status).toBe(1);
    expect(entry()).toEqual([...outOf("deregister-targets"), ...outOf("register-targets")]);
  });

  test("leaves before its maintenance, whether that drains or not, and is back once it is healthy", () => {
    const steps = ['cp ../../../entry "$folder/seen"', "report working 'restarting the machine'", "report healthy ''"];
    const { status, stderr } = ask("maintain", steps, targets);
    expect({ status, stderr }).toMatchObject({ status: 0, stderr: expect.stringContaining("takes no new joins") });
    expect(readFileSync(join(queue, "seen"), "utf8").trim().split("\n")).toEqual(outOf("deregister-targets"));
    expect(entry()).toEqual([...outOf("deregister-targets"), ...outOf("register-targets")]);
  });

  test.each([
    ["can't be asked", () => writeFileSync(join(folder, "s3/denied"), ""), undefined],
    ["does not take it up", () => {}, undefined],
    ["refuses", () => {}, ["report refused 'no'"]],
  ])("comes back where its maintenance does not begin: it %s", (_, prepare, node) => {
    prepare();
    expect(ask("maintain", node, { ...targets, TIMEOUT_SECONDS: "1" }).status).toBe(1);
    expect(entry()).toEqual([...outOf("deregister-targets"), ...outOf("register-targets")]);
  });

  test("goes on taking joins where it may not be asked to drain", () => {
    writeFileSync(join(folder, "s3/denied"), "");
    expect(ask("drain", undefined, targets).status).toBe(1);
    expect(entry()).toEqual([...outOf("deregister-targets"), ...outOf("register-targets")]);
  });

  test("stays out where its maintenance fails", () => {
    expect(ask("maintain", ["report failed 'no'"], { HEALTH_CHECK: "check-1" }).status).toBe(1);
    expect(entry()).toEqual(["route53 update-health-check --health-check-id check-1 --disabled --inverted"]);
  });

  test("drains also where it can't be taken out; it is not healthy where it can't be put back", () => {
    writeFileSync(join(folder, "s3/no-entry"), "");
    expect(ask("drain", ["report drained ''"], targets)).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/could not be taken out of its region's entry: .*Throttling/),
    });
    expect(ask("apply", ["report healthy ''"], targets)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/could not be put back/),
    });
  });
});

describe("where AWS throttles", () => {
  const busy = (calls: number) => writeFileSync(join(folder, "s3/busy"), "x".repeat(calls));

  test("a drain is asked for again, and no call is cut for it", () => {
    busy(5);
    const { status, stderr } = ask("drain", ["report drained ''"], { HEALTH_CHECK: "check-1" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "euc1-1: takes no new joins\neuc1-1: drained. \n" });
  });

  test("the request of a change, and the look at its answer, are made again", () => {
    busy(5);
    expect(ask("apply", ["sleep 0.5", "report healthy ''"])).toMatchObject({ status: 0, stderr: "" });
    busy(1);
    const { status, stderr } = ask("apply", undefined, { TIMEOUT_SECONDS: "1" });
    expect({ status, stderr }).toMatchObject({ status: 1, stderr: expect.stringContaining("not become healthy") });
  });

  test("for long, the change fails with AWS's own words", () => {
    busy(20);
    expect(ask("apply", ["report healthy ''"])).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/SlowDown[\s\S]*could not be written/),
    });
    expect(existsSync(join(queue, "desired"))).toBe(false);
  });
});

const headed = "fatal error: An error occurred (%) when calling the HeadObject operation (reached max retries: 4): ";

test.each([
  ["is not reached", unreachable],
  ["is unavailable", `${headed.replace("%", "503")}Service Unavailable\n`],
  ["fails", `${headed.replace("%", "500")}Internal Server Error\n`],
])("a node goes without a drain, and without a wait, when the primary region, where its bucket is, %s", (_, said) => {
  writeFileSync(join(folder, "s3/away"), said);
  const [since, leaveSeconds] = [Date.now(), 60];
  const { status, stderr } = ask("drain", undefined, { HEALTH_CHECK: "check-1", LEAVE_SECONDS: `${leaveSeconds}` });
  expect(status).toBe(0);
  expect(Date.now() - since).toBeLessThan((leaveSeconds * 1000) / 2);
  expect(stderr).toContain(`its bucket does not answer, so it goes without a drain: ${said}`);
});

test("a network of the operator's that fails for a moment cuts no call: a region that is away still is half a minute later", () => {
  writeFileSync(join(folder, "s3/blip"), "");
  const { status, stderr } = ask("drain", ["report drained 'no room is left'"]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "euc1-1: drained. no room is left\n" });
});

test("the script is POSIX: dash takes it without executing anything", () => {
  const [shell, , script = ""] = requestShell();
  expect(spawnSync(shell, ["-n"], { input: script, encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
});
