import { join } from "node:path";
import type { Host } from "../../model/fleet";
import type { RawConfig } from "../../model/settings/parse";
import { fleetValues, stackFileValues, testHost, testRegion, trioValues } from "./settings";

const project = join(__dirname, "../..");

/**
 * The shipped example; a stack that sets what the example leaves at its default; two regions of two nodes behind load
 * balancers; three nodes with DNS records.
 */
export const awsExamples: Readonly<Record<string, RawConfig["values"]>> = {
  prod: stackFileValues(join(project, "Pulumi.prod.yaml")),
  graviton: {
    regions: JSON.stringify([{ ...testRegion, instanceType: "c7g.large", zones: ["eu-central-1b", "eu-central-1c"] }]),
    apiIngress: "vpc",
    adminCidrs: '["203.0.113.0/24"]',
    mediaTransport: "mux",
    flowLogs: "true",
    monitoring: "true",
    scrapeCidrs: '["10.200.0.0/16"]',
    alarms: '{"topicArn": "arn:aws:sns:eu-central-1:123456789012:oncall", "egressGigabytesPerDay": 500}',
    tags: '{"team": "video"}',
  },
  fleet: { ...fleetValues, apiIngress: "vpc" },
  trio: trioValues,
};

/** The shipped local stack, several servers, custom ports, custom images, and the shipped stack on Docker Desktop. */
export const localExamples: Readonly<Record<string, { readonly values: RawConfig["values"]; readonly host?: Host }>> = {
  dev: { values: {} },
  several: { values: { nodes: "3" } },
  moved: { values: { ports: '{"https": 8443, "relay": "40000-40100"}', redis: '{"port": 6380}' } },
  pinned: { values: { images: '{"redis": "redis:8.2.9"}', tags: '{"team": "video"}' } },
  desktop: { values: {}, host: { ...testHost, network: "bridge" } },
};
