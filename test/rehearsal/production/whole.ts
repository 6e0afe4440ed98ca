import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { RehearsalReport } from "../../../scripts/rehearsal/report";
import { stepTitles } from "../../../scripts/rehearsal/steps";
import { projectFolder } from "../../../stacks/env";
import type { Rehearsed } from "../../support/rehearsed";

/** Tests that create a stack that carries media, and then find no changes. */
export function whole(context: () => Rehearsed, report: () => RehearsalReport): void {
  test("a rehearsal creates a node that carries media over every path to outside clients, which connect by DNS name", () => {
    const { stack, passed, steps, notRun } = report();
    expect({ stack, passed, notRun }).toEqual({ stack: "prod", passed: true, notRun: [] });
    expect(steps.map(({ title }) => title)).toEqual(["tools and images", "simulator", ...stepTitles.toStay]);
    expect(steps.at(-1)?.result).toMatch(/^6 of 6 paths carry audio and video both ways/);
  });

  test("`npm run rehearse` fails while a kept rehearsal of the stack exists", async () => {
    const { exitCode, all } = await context().command();
    expect([exitCode, all]).toEqual([1, expect.stringMatching(/already exists.*rehearse -- --stop --stack prod/)]);
  });

  test("`npm run rehearse` with both --keep and --stop exits with status 2 (usage error)", async () => {
    const { exitCode, all } = await context().command("--keep", "--stop");
    expect([exitCode, all]).toEqual([2, expect.stringContaining("cannot be used with")]);
  });

  test("a rehearsal's shell runs pulumi, aws and npm commands on the rehearsal and leaves the checkout unchanged", async () => {
    const own = join(projectFolder, "Pulumi.prod.yaml");
    const { folder, stackFile } = context().rehearsal.workspace;
    const configured = () => parse(readFileSync(stackFile, "utf8")).config["livekit:turnTtlSeconds"];
    const before = readFileSync(own, "utf8");
    expect(statSync(join(folder, "env")).mode & 0o777).toBe(0o600);
    const set = await context().shell("pulumi config set livekit:turnTtlSeconds 7200");
    expect([set.all, configured()]).toEqual(["", "7200"]);
    const unset = await context().shell("pulumi config rm livekit:turnTtlSeconds");
    expect([unset.all, configured()]).toEqual(["", undefined]);
    expect(readFileSync(own, "utf8")).toBe(before);
    const { apiKey } = await context().outputs();
    expect(await context().shell("pulumi stack output apiKey")).toMatchObject({ exitCode: 0, stdout: `${apiKey}\n` });
    const [address] = await context().addresses();
    const described = await context().shell("aws ec2 describe-addresses --query 'Addresses[].PublicIp' --output text");
    expect(described).toMatchObject({ exitCode: 0, stdout: `${address}\n` });
  });

  test("a second `up` changes nothing, and a refresh finds no difference", async () => {
    expect(await context().up()).toEqual([]);
    expect(await context().refresh()).toEqual([]);
    expect(await context().up()).toEqual([]);
  });

  test("`npm run doctor` finds no problem, and the node reports that it is healthy", async () => {
    const doctor = await context().outside("doctor");
    expect([doctor.exitCode, doctor.all]).toEqual([0, expect.not.stringContaining("failed")]);
    const nodes = await context().outside("nodes", "--json");
    expect(JSON.parse(nodes.stdout)).toEqual([expect.objectContaining({ node: "euc1-1", status: "healthy" })]);
  });
}
