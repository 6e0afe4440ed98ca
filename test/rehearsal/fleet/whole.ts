import { monitoringPorts, scrapePaths } from "../../../model/fleet";
import type { Fleet } from "../../support/fleet";

/** From nothing to media, and nothing more to do. */
export function whole(subject: () => Fleet): void {
  test("`up` from nothing makes both regions, node after node, and media goes over every path by the one name", async () => {
    const { aws } = subject();
    const steps = await aws.up();
    expect(steps.filter((step) => step.includes(" Instance "))).toEqual(
      ["euc1-1", "euc1-2", "use1-1", "use1-2"].map((node) => `create Instance ${node}-instance`),
    );
    const { exitCode, all } = await aws.outside("smoke");
    expect([exitCode, all]).toEqual([0, expect.stringContaining("6 of 6 paths")]);
  });

  test("a node's counters are for its own region's machines and the primary's, and not the other way round", async () => {
    const { aws } = subject();
    const addressOf = (name: string) => aws.rehearsal.plan.nodes.find((node) => node.name === name)?.privateAddress;
    const asked = async (from: string, to: string) => {
      const url = `https://${addressOf(to)}:${monitoringPorts.scrape}${scrapePaths.livekit}`;
      const curl = ["curl", "-sk", "-m", "3", "-o", "/dev/null", "-w", "%{http_code}", url];
      return (await (await aws.machine(from)).execute(curl)).stdout;
    };
    expect(await asked("euc1-2", "euc1-1")).toBe("401");
    expect(await asked("euc1-2", "use1-1")).toBe("401");
    expect(await asked("use1-1", "euc1-1")).toBe("000");
  });

  test("a second `up` changes nothing, with the regions in another order either", async () => {
    await subject().become({ name: "us-east-1", nodes: 2 }, { name: "eu-central-1", nodes: 2 });
    expect(await subject().aws.up()).toEqual([]);
  });
}
