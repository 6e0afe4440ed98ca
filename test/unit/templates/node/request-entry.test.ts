import { RequestBucket, silent } from "../../../support/request-bucket";

let bucket: RequestBucket;

beforeEach(() => {
  bucket = new RequestBucket();
});
afterEach(() => bucket.close());

interface Rejection {
  readonly prepare?: () => void;
  readonly node?: readonly string[];
  readonly times?: typeof silent;
}

describe("a node of a stack with several nodes", () => {
  const entry = () => bucket.lines("entry");
  const targets = { TARGET_GROUPS: "arn:a arn:b", INSTANCE: "i-1", NODE_REGION: "us-east-1" };
  const outOf = (verb: string) =>
    ["arn:a", "arn:b"].map((group) => `elbv2 ${verb} --region us-east-1 --target-group-arn ${group} --targets Id=i-1`);

  test("is deregistered before it drains for its deletion", () => {
    const seen = 'cp ../../../entry "$folder/seen"';
    const { status, stderr } = bucket.ask("drain", [seen, "report drained ''"], targets);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "euc1-1: takes no new joins\neuc1-1: drained. \n" });
    expect(bucket.get("seen")?.trim().split("\n")).toEqual(outOf("deregister-targets"));
  });

  test("is deregistered while LiveKit drains for a change, and registered again once healthy", () => {
    const steps = ["report working 'draining livekit, for 9 s at most' draining", "heard", "report healthy ''"];
    const { status } = bucket.ask("apply", steps, { HEALTH_CHECK: "check-1" });
    expect(status).toBe(0);
    expect(entry()).toEqual([
      "route53 update-health-check --health-check-id check-1 --disabled --inverted",
      "route53 update-health-check --health-check-id check-1 --no-disabled --no-inverted",
    ]);
  });

  test("stays registered during an apply without a drain; the apply also registers a node that an interrupted change left deregistered", () => {
    expect(bucket.ask("apply", ["report healthy ''"], targets).status).toBe(0);
    expect(entry()).toEqual(outOf("register-targets"));
  });

  describe("behind a load balancer", () => {
    const looks = () => bucket.lines("looks");

    test.each(["apply", "rollback", "maintain"] as const)(
      "finishes its %s request only after every load balancer target of the node is healthy",
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

    test("detects a healthy target even if the aws command prints a warning first", () => {
      bucket.set("warning");
      const { status, stderr } = bucket.ask("apply", ["report healthy ''"], {
        ...targets,
        REQUEST_HEALTH_SECONDS: "0",
      });
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    });

    test("fails immediately if AWS denies reading the health of its targets", () => {
      bucket.set("no-look");
      const { status, stderr } = bucket.ask("apply", ["report healthy ''"], {
        ...targets,
        REQUEST_HEALTH_SECONDS: "2",
      });
      expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining("(AccessDenied)") });
      expect(looks()).toHaveLength(1);
    });

    test("an apply request fails with the load balancer's reason if the node's target does not become healthy", () => {
      bucket.set("unhealthy");
      const { status, stderr } = bucket.ask("apply", ["report healthy ''"], {
        ...targets,
        REQUEST_HEALTH_SECONDS: "0",
      });
      expect(status).toBe(1);
      expect(stderr).toMatch(/does not find it healthy: unhealthy\s+Target\.FailedHealthChecks/);
      expect(stderr).toContain("describe-target-health --region us-east-1 --target-group-arn arn:a, ");
    });
  });

  test("is registered again if the new bundle is rejected after a drain", () => {
    const steps = ["report working 'draining livekit, for 9 s at most' draining", "heard", "report refused 'no'"];
    expect(bucket.ask("apply", steps, targets).status).toBe(1);
    expect(entry()).toEqual([...outOf("deregister-targets"), ...outOf("register-targets")]);
  });

  test("is deregistered before maintenance, and registered again once healthy", () => {
    const steps = ['cp ../../../entry "$folder/seen"', "report working 'restarting the machine'", "report healthy ''"];
    const { status, stderr } = bucket.ask("maintain", steps, targets);
    expect({ status, stderr }).toMatchObject({ status: 0, stderr: expect.stringContaining("takes no new joins") });
    expect(bucket.get("seen")?.trim().split("\n")).toEqual(outOf("deregister-targets"));
    expect(entry()).toEqual([...outOf("deregister-targets"), ...outOf("register-targets")]);
  });

  test.each([
    ["its maintenance request cannot be written", { prepare: () => bucket.set("denied") }],
    ["it does not answer its maintenance request", { times: silent }],
    ["it rejects its maintenance request", { node: ["report refused 'no'"] }],
  ])("is registered again if %s", (_, { prepare, node, times }: Rejection) => {
    prepare?.();
    expect(bucket.ask("maintain", node, { ...targets, ...times }).status).toBe(1);
    expect(entry()).toEqual([...outOf("deregister-targets"), ...outOf("register-targets")]);
  });

  test("is registered again if its drain request cannot be written", () => {
    bucket.set("denied");
    expect(bucket.ask("drain", undefined, targets).status).toBe(1);
    expect(entry()).toEqual([...outOf("deregister-targets"), ...outOf("register-targets")]);
  });

  test("stays deregistered if its maintenance fails", () => {
    expect(bucket.ask("maintain", ["report failed 'no'"], { HEALTH_CHECK: "check-1" }).status).toBe(1);
    expect(entry()).toEqual(["route53 update-health-check --health-check-id check-1 --disabled --inverted"]);
  });

  test("drains even if it cannot be deregistered, and fails if it cannot be registered again", () => {
    bucket.set("no-entry");
    expect(bucket.ask("drain", ["report drained ''"], targets)).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/could not be deregistered from its region's traffic routing: .*Throttling/),
    });
    expect(bucket.ask("apply", ["report healthy ''"], targets)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/could not be registered in its region's traffic routing/),
    });
  });
});
