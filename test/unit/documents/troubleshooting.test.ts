import { readFileSync } from "node:fs";
import { join } from "node:path";
import { planLocalFleet } from "../../../model/fleet";
import { certificateChecks } from "../../../scripts/doctor/certificate";
import { containerChecks } from "../../../scripts/doctor/containers";
import { livekitChecks } from "../../../scripts/doctor/livekit";
import { kernelCheck } from "../../../scripts/doctor/machine";
import { portChecks, stunCheck } from "../../../scripts/doctor/ports";
import { redisChecks } from "../../../scripts/doctor/redis";
import type { Subject } from "../../../scripts/doctor/subject";
import { turnCheck } from "../../../scripts/doctor/turn";
import { renderNode } from "../../../templates/bundle";
import { project } from "../../support/documents";
import { configure, testHost } from "../../support/settings";

const text = readFileSync(join(project, "docs/troubleshooting.md"), "utf8");

test("every symptom that a hand-run deployment knows has its table", () => {
  const headings = [...text.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
  expect(headings).toEqual(['"Connection failed"', '"No audio/video"', '"Token invalid"', "Redis", "On AWS", "Ports"]);
  for (const table of text.split(/^## /m).slice(1)) expect(table.match(/^\|.*`.*\|$/gm)?.length).toBeGreaterThan(2);
});

test("every check that is said to be the doctor's is one of the doctor's", () => {
  const { settings, secrets } = configure();
  const fleet = planLocalFleet(settings, testHost);
  const [node] = fleet.nodes;
  const specs = renderNode(fleet, node, secrets, { chain: "", key: "" });
  const subject = { stack: "dev", fleet, node, secrets, specs } as unknown as Subject;
  const checks = [containerChecks, portChecks, livekitChecks, redisChecks, certificateChecks].flatMap((of) =>
    of(subject),
  );
  const titles = [...checks, stunCheck(subject), turnCheck(subject), kernelCheck()].map(({ title }) => title);
  const named = [...text.matchAll(/`npm run doctor`: ([^|;]*)/g)].flatMap(([, names = ""]) => names.trim().split(", "));
  expect(named.length).toBeGreaterThan(8);
  for (const name of named) expect(titles.filter((title) => title.startsWith(name))).not.toEqual([]);
});
