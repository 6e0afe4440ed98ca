import { RequestBucket, silent } from "../../../support/request-bucket";

let bucket: RequestBucket;

beforeEach(() => {
  bucket = new RequestBucket();
});
afterEach(() => bucket.close());

interface UserError {
  readonly prepare?: () => void;
  readonly node?: readonly string[];
  readonly times?: typeof silent;
}

describe("a node of several", () => {
  const entry = () => bucket.lines("entry");
  const targets = { TARGET_GROUPS: "arn:a arn:b", INSTANCE: "i-1", NODE_REGION: "us-east-1" };
  const outOf = (verb: string) =>
    ["arn:a", "arn:b"].map((group) => `elbv2 ${verb} --region us-east-1 --target-group-arn ${group} --targets Id=i-1`);

  test("leaves its region's entry before its calls end", () => {
    const seen = 'cp ../../../entry "$folder/seen"';
    const { status, stderr } = bucket.ask("drain", [seen, "report drained ''"], targets);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "euc1-1: takes no new joins\neuc1-1: drained. \n" });
    expect(bucket.get("seen")?.trim().split("\n")).toEqual(outOf("deregister-targets"));
  });

  test("is out of the entry while LiveKit drains for a change, and back once it is healthy", () => {
    const steps = ["report working 'draining livekit, for 9 s at most'", "heard", "report healthy ''"];
    const { status } = bucket.ask("apply", steps, { HEALTH_CHECK: "check-1" });
    expect(status).toBe(0);
    expect(entry()).toEqual([
      "route53 update-health-check --health-check-id check-1 --disabled --inverted",
      "route53 update-health-check --health-check-id check-1 --no-disabled --no-inverted",
    ]);
  });

  test("stays in the entry while nothing drains, and comes back where the one who took it out has died", () => {
    expect(bucket.ask("apply", ["report healthy ''"], targets).status).toBe(0);
    expect(entry()).toEqual(outOf("register-targets"));
  });

  describe("behind a load balancer", () => {
    const looks = () => bucket.lines("looks");

    test.each(["apply", "rollback", "maintain"] as const)(
      "has not ended its %s before each of its targets is healthy",
      (verb) => {
        bucket.set("initial", "xxx");
        const { status, stdout, stderr } = bucket.ask(verb, ["report healthy ''"], targets);
        expect([status, stdout]).toEqual([0, "euc1-1: healthy. \n"]);
        expect(stderr.match(/waits until its load balancer finds it healthy/g)).toHaveLength(1);
        expect(looks().map((look) => /--target-group-arn (\S+) --targets (\S+)/.exec(look)?.slice(1))).toEqual([
          ...Array(4).fill(["arn:a", "Id=i-1"]),
          ["arn:b", "Id=i-1"],
        ]);
        expect(looks()[0]).toContain("--region us-east-1");
      },
    );

    test("takes a healthy target for healthy also where the aws command warns first", () => {
      bucket.set("warning");
      const { status, stderr } = bucket.ask("apply", ["report healthy ''"], { ...targets, HEALTH_SECONDS: "0" });
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    });

    test("fails at once where it may not be asked", () => {
      bucket.set("no-look");
      const { status, stderr } = bucket.ask("apply", ["report healthy ''"], { ...targets, HEALTH_SECONDS: "2" });
      expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining("(AccessDenied)") });
      expect(looks()).toHaveLength(1);
    });

    test("fails with the load balancer's reason where a target does not become healthy", () => {
      bucket.set("unhealthy");
      const { status, stderr } = bucket.ask("apply", ["report healthy ''"], { ...targets, HEALTH_SECONDS: "0" });
      expect(status).toBe(1);
      expect(stderr).toMatch(/does not find it healthy: unhealthy\s+Target\.FailedHealthChecks/);
      expect(stderr).toContain("describe-target-health --region us-east-1 --target-group-arn arn:a, ");
    });
  });

  test("comes back when the new bundle is refused after a drain", () => {
    const steps = ["report working 'draining livekit, for 9 s at most'", "heard", "report refused 'no'"];
    expect(bucket.ask("apply", steps, targets).status).toBe(1);
    expect(entry()).toEqual([...outOf("deregister-targets"), ...outOf("register-targets")]);
  });

  test("leaves before its maintenance, whether that drains or not, and is back once it is healthy", () => {
    const steps = ['cp ../../../entry "$folder/seen"', "report working 'restarting the machine'", "report healthy ''"];
    const { status, stderr } = bucket.ask("maintain", steps, targets);
    expect({ status, stderr }).toMatchObject({ status: 0, stderr: expect.stringContaining("takes no new joins") });
    expect(bucket.get("seen")?.trim().split("\n")).toEqual(outOf("deregister-targets"));
    expect(entry()).toEqual([...outOf("deregister-targets"), ...outOf("register-targets")]);
  });

  test.each([
    ["can't be asked", { prepare: () => bucket.set("denied") }],
    ["does not take it up", { times: silent }],
    ["refuses", { node: ["report refused 'no'"] }],
  ])("comes back where its maintenance does not begin: it %s", (_, { prepare, node, times }: UserError) => {
    prepare?.();
    expect(bucket.ask("maintain", node, { ...targets, ...times }).status).toBe(1);
    expect(entry()).toEqual([...outOf("deregister-targets"), ...outOf("register-targets")]);
  });

  test("goes on taking joins where it may not be asked to drain", () => {
    bucket.set("denied");
    expect(bucket.ask("drain", undefined, targets).status).toBe(1);
    expect(entry()).toEqual([...outOf("deregister-targets"), ...outOf("register-targets")]);
  });

  test("stays out where its maintenance fails", () => {
    expect(bucket.ask("maintain", ["report failed 'no'"], { HEALTH_CHECK: "check-1" }).status).toBe(1);
    expect(entry()).toEqual(["route53 update-health-check --health-check-id check-1 --disabled --inverted"]);
  });

  test("drains also where it can't be taken out; it is not healthy where it can't be put back", () => {
    bucket.set("no-entry");
    expect(bucket.ask("drain", ["report drained ''"], targets)).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/could not be taken out of its region's entry: .*Throttling/),
    });
    expect(bucket.ask("apply", ["report healthy ''"], targets)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/could not be put back/),
    });
  });
});
