import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RawConfig } from "../../model/settings/parse";
import { registerAws } from "../support/aws-stack";
import { golden, goldenFile } from "../support/golden";
import { fleetValues, stackFileValues, testRegion, testSecrets, trioValues } from "../support/settings";

jest.setTimeout(30_000);

const project = join(__dirname, "../..");

/**
 * The shipped example, a stack that differs from it in what the example leaves at its default, two regions of two nodes
 * behind load balancers, and three nodes with records of their own.
 */
const stacks: Readonly<Record<string, RawConfig["values"]>> = {
  prod: stackFileValues(join(project, "Pulumi.prod.yaml")),
  graviton: {
    regions: JSON.stringify([{ ...testRegion, instanceType: "c7g.large", zones: ["eu-central-1b", "eu-central-1c"] }]),
    apiIngress: "vpc",
    adminCidrs: '["203.0.113.0/24"]',
    mediaTransport: "mux",
    flowLogs: "true",
    alarms: '{"topicArn": "arn:aws:sns:eu-central-1:123456789012:oncall", "egressGigabytesPerDay": 500}',
    tags: '{"team": "video"}',
  },
  fleet: { ...fleetValues, apiIngress: "vpc" },
  trio: trioValues,
};

const toUpdate = "UPDATE_GOLDENS=1 npm test -- --only components";

test.each(Object.keys(stacks))(
  `every resource of %s is as its golden file has it; after an intended change: ${toUpdate}`,
  async (name) => {
    const file = goldenFile(name);
    const text = `${JSON.stringify(golden(await registerAws(stacks[name])), null, 2)}\n`;
    for (const secret of Object.values(testSecrets)) expect(text).not.toContain(secret);
    if (process.env["UPDATE_GOLDENS"]) writeFileSync(file, text);
    expect(JSON.parse(text)).toEqual(existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : []);
  },
);
