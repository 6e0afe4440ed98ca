import { scrapePaths } from "../../../model/fleet";
import { monitoringPorts } from "../../../model/ports/internal";
import type { Fleet, RegionChange } from "../../support/fleet";
import type { Steps } from "../../support/rehearsed";
import { expectUnbrokenMedia } from "../../support/running-call";

const first = { name: "eu-central-1", nodes: 1 };

const instances = (steps: Steps) => steps.filter((step) => step.includes(" Instance "));

/** Tests that create one node, then several during a call, and then find no changes. */
export function whole(context: () => Fleet): void {
  test("with a load balancer and ElastiCache, the first `up` creates one region with one node", async () => {
    await context().become(first);
    expect(instances(await context().aws.up())).toEqual(["create Instance euc1-1-instance"]);
  });

  test.each<readonly [string, string, readonly RegionChange[], readonly string[]]>([
    [
      "node",
      "euc1-2",
      [{ ...first, nodes: 2 }],
      ["update MetricAlarm euc1-https-unserved-alarm", "update Record turn-euc1-name"],
    ],
    ["region", "use1", [first, { name: "us-east-1", nodes: 2 }], []],
  ])(
    "a preview of one more %s shows the added resources and the new peers of the existing node",
    async (_, own, all, names) => {
      await context().become(...all);
      const steps = await context().aws.previewSteps();
      const made = steps.filter((step) => step.startsWith("create ") && step.includes(own));
      expect(made).toContain(`create Instance ${own.slice(0, 4)}-2-instance`);
      expect(steps.filter((step) => !made.includes(step)).toSorted()).toEqual([
        "update BucketObjectv2 euc1-1-bundle",
        "update Command euc1-1-change",
        ...names,
      ]);
    },
  );

  test("`up` creates added nodes one after the other without affecting a call, and every path carries media by the stack's DNS name", async () => {
    const { aws } = context();
    await context().become({ ...first, nodes: 2 }, { name: "us-east-1", nodes: 2 });
    const call = await context().callOn("euc1-1");
    const steps = await aws.up();
    const held = await call.end();
    expect(instances(steps)).toEqual(["euc1-2", "use1-1", "use1-2"].map((node) => `create Instance ${node}-instance`));
    expect(held).toMatchObject({ interruptions: 0 });
    expectUnbrokenMedia(held);
    const { exitCode, all } = await aws.outside("smoke");
    expect([exitCode, all]).toEqual([0, expect.stringContaining("6 of 6 paths")]);
  });

  test("a node's metrics port answers only machines of the node's own region and of the primary region", async () => {
    const { aws } = context();
    const addressOf = (name: string) => aws.rehearsal.plan.nodes.find((node) => node.name === name)?.privateAddress;
    const statusOf = async (from: string, to: string) => {
      const url = `https://${addressOf(to)}:${monitoringPorts.scrape}${scrapePaths.livekit}`;
      const curl = ["curl", "-sk", "-m", "3", "-o", "/dev/null", "-w", "%{http_code}", url];
      return (await (await aws.machine(from)).execute(curl)).stdout;
    };
    expect(await statusOf("euc1-2", "euc1-1")).toBe("401");
    expect(await statusOf("euc1-2", "use1-1")).toBe("401");
    expect(await statusOf("use1-1", "euc1-1")).toBe("000");
  });

  test("a second `up` changes nothing, even with the regions in another order", async () => {
    await context().become({ name: "us-east-1", nodes: 2 }, { name: "eu-central-1", nodes: 2 });
    expect(await context().aws.up()).toEqual([]);
  });
}
