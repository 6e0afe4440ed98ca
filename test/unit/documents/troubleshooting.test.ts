import { readFileSync } from "node:fs";
import { join } from "node:path";
import { planAws } from "../../../model/aws/plan";
import { planLocalFleet } from "../../../model/fleet";
import type { AwsCli } from "../../../scripts/aws/cli";
import type { AwsContext } from "../../../scripts/doctor/aws-context";
import { nameChecks } from "../../../scripts/doctor/aws-names";
import { certificateChecks } from "../../../scripts/doctor/certificate";
import { containerChecks } from "../../../scripts/doctor/containers";
import type { DoctorContext } from "../../../scripts/doctor/context";
import { dnsChecks } from "../../../scripts/doctor/dns";
import { livekitChecks } from "../../../scripts/doctor/livekit";
import { kernelCheck } from "../../../scripts/doctor/machine";
import { portChecks, stunCheck } from "../../../scripts/doctor/ports";
import { redisChecks } from "../../../scripts/doctor/redis";
import { turnCheck } from "../../../scripts/doctor/turn";
import { planServices } from "../../../templates/bundle";
import { defaultDirectoryUrl } from "../../../templates/node/bundle";
import { project } from "../../support/documents";
import { configure, configureAws, testHost } from "../../support/settings";

const text = readFileSync(join(project, "docs/troubleshooting.md"), "utf8");

test("the troubleshooting page has a table for each symptom, and sections for Redis, AWS and ports", () => {
  const headings = [...text.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
  expect(headings).toEqual(['"Connection failed"', '"No audio/video"', '"Token invalid"', "Redis", "On AWS", "Ports"]);
  for (const table of text.split(/^## /m).slice(1)) expect(table.match(/^\|.*`.*\|$/gm)?.length).toBeGreaterThan(2);
});

test("every doctor check that the troubleshooting page names exists", () => {
  const { settings, secrets } = configure();
  const fleet = planLocalFleet(settings, testHost);
  const [node] = fleet.nodes;
  const specs = planServices(fleet, node);
  const context = { stack: "dev", fleet, node, secrets, specs } as unknown as DoctorContext;
  const checks = [containerChecks, portChecks, livekitChecks, redisChecks, certificateChecks].flatMap((of) =>
    of(context),
  );
  const titles = [...checks, stunCheck(context), turnCheck(context), kernelCheck()].map(({ title }) => title);
  expect(checksNamed("dev").length).toBeGreaterThan(8);
  expect(checksNamed("dev").filter((name) => !titles.some((title) => title.startsWith(name)))).toEqual([]);
});

test("every doctor check of a stack on AWS that the troubleshooting page names exists", () => {
  const plan = planAws(configureAws().settings);
  const context = { stack: "prod", plan } as unknown as AwsContext;
  const titles = [...dnsChecks(plan, defaultDirectoryUrl, {} as AwsCli), ...nameChecks(context)].map(
    ({ title }) => title,
  );
  expect(checksNamed("prod").length).toBeGreaterThan(2);
  expect(checksNamed("prod").filter((name) => !titles.some((title) => title.startsWith(name)))).toEqual([]);
});

test("the second and later LiveKit servers of a machine have UDP ports in the media range and no direct TCP", () => {
  const { settings } = configure({ nodes: "3", mediaTransport: "mux" });
  const { nodes, ports } = planLocalFleet(settings, testHost);
  const [first, ...others] = nodes[0].servers;
  expect([first?.media.first, first?.iceTcpPort]).toEqual([ports.iceUdp.first, ports.iceTcp.first]);
  for (const { media, iceTcpPort } of others) {
    expect([media.first >= ports.media.first, media.last <= ports.media.last, iceTcpPort]).toEqual([
      true,
      true,
      undefined,
    ]);
  }
  const range = `${ports.media.first}-${ports.media.last}`;
  expect(text.replaceAll("\n", " ")).toContain(`a UDP port of its own within ${range} and no direct TCP`);
});

/** Returns the checks that the page lists after the doctor command. */
function checksNamed(stack: "dev" | "prod"): readonly string[] {
  const command = stack === "dev" ? "npm run doctor" : `npm run doctor -- --stack ${stack}`;
  return [...text.matchAll(new RegExp(`\`${command}\`: ([^|;]*)`, "g"))].flatMap(([, names = ""]) =>
    names.trim().split(", "),
  );
}
