import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testSecrets } from "../support/settings";

const home = mkdtempSync(join(tmpdir(), "load-stack-"));
process.env["LIVEKIT_STACK_HOME"] = home;
const { awsPlanFromFile, planFromFile } =
  require("../../scripts/lib/load-stack") as typeof import("../../scripts/lib/load-stack");

afterAll(() => rmSync(home, { recursive: true }));

const encrypted = ["apiKey", "apiSecret", "turnSecret", "redisPassword"]
  .map((key) => `  livekit:${key}: { secure: v1:not-read-here }\n`)
  .join("");
const webhooks = "  livekit:webhooks: { urls: [https://app.example.com/livekit], apiKey: APItest }\n";
const onAws = `  livekit:target: aws
  livekit:domain: example.com
  livekit:acme: { email: ops@example.com }
  livekit:regions: [{ name: eu-central-1, cidr: 10.0.0.0/16, nodes: 1, instanceType: c7i.large }]
`;

function writeStack(stack: string, config: string): void {
  writeFileSync(join(home, `Pulumi.${stack}.yaml`), `config:\n${config}`);
}

test("if the stack's API key is encrypted or a placeholder, the settings check does not compare the webhooks' API key with it", () => {
  writeStack("cloud", `${onAws}${webhooks}${encrypted}`);
  expect(awsPlanFromFile("cloud").settings.webhooks.apiKey).toBe("APItest");
  writeStack("new", `${onAws}${webhooks}`);
  expect(awsPlanFromFile("new", testSecrets).settings.webhooks.apiKey).toBe("APItest");
});

test("the settings check rejects webhooks whose API key differs from the stack's readable API key", async () => {
  writeStack("local", webhooks);
  const env = ["LIVEKIT_API_KEY=APIother", "LIVEKIT_API_SECRET", "TURN_SECRET", "REDIS_PASSWORD"];
  const lines = env.map((each, i) => (each.includes("=") ? each : `${each}=${String(i).repeat(32)}`));
  writeFileSync(join(home, ".env"), lines.join("\n"));
  await expect(planFromFile("local")).rejects.toThrow(
    /livekit:webhooks\.apiKey "APItest": the key must be the stack's API key/,
  );
});

test("the settings check reports invalid settings of a stack even if the stack's secrets are encrypted", () => {
  writeStack("cloud", `${onAws}${encrypted}  livekit:apiIngress: none\n`);
  expect(() => awsPlanFromFile("cloud")).toThrow(/livekit:apiIngress/);
});

test("the command that fixes a setting names the stack unless it is the default stack", async () => {
  writeStack("cloud", `${onAws}  livekit:apiIngress: none\n`);
  expect(() => awsPlanFromFile("cloud")).toThrow(/pulumi config set -s cloud livekit:apiIngress/);
  expect(() => awsPlanFromFile("cloud")).toThrow(/set -s cloud --secret livekit:apiKey, .*secrets -- --stack cloud\n/);
  writeStack("dev", "  livekit:network: none\n");
  await expect(planFromFile("dev")).rejects.toThrow(/pulumi config set livekit:network/);
});
