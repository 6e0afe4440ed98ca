import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { parseConfiguration } from "../../../model/settings/parse";
import { UserError } from "../../../model/user-error";
import { renderProjectFile } from "../../../scripts/commands/project-file";
import { badLocalSettings, digest, external } from "../../support/bad-settings";
import { configure, monitoredSecrets, testRegion, testSecrets } from "../../support/settings";

function errorsOf(values: Record<string, string>, env = testSecrets) {
  try {
    configure(values, env);
  } catch (error) {
    if (error instanceof UserError) return error.errors;
    throw error;
  }
  return [];
}

test("an empty configuration is a local stack with one node, prefix inspire-lab and mediaTransport multiMux", () => {
  const { settings } = configure();
  expect(settings).toMatchObject({ target: "local", namePrefix: "inspire-lab", nodes: 1, mediaTransport: "multiMux" });
});

test.each(badLocalSettings)(
  "the error about livekit:%s states the violated rule and a command that fixes the setting (settings: %j)",
  (key, values, rule) => {
    const error = errorsOf(values).find((each) => each.key === `livekit:${key}`);
    expect(`${error?.rule}. ${error?.fix}`).toMatch(rule);
    expect(error?.fix).toMatch(/pulumi config (set|rm)/);
  },
);

test.each([
  ["regions", `[{"name": "eu-central-1"}]`],
  ["regions", JSON.stringify([testRegion])],
  ["regions", "eu-central-1"],
  ["loadBalancer", "nlb"],
  ["apiIngress", "world"],
  ["flowLogs", "true"],
])("rejects livekit:%s %s on a local stack as a setting for AWS, whatever its value", (name, value) => {
  const rule = "this key requires livekit:target aws, but this stack has livekit:target local";
  const fix = `Remove it with: pulumi config rm livekit:${name}; or, for a stack on AWS, set livekit:target to aws`;
  expect(errorsOf({ [name]: value })).toEqual([{ key: `livekit:${name}`, rule, fix }]);
});

test("a stack on AWS validates the members of livekit:regions; a local stack accepts an empty livekit:regions", () => {
  const errors = errorsOf({ target: "aws", regions: '[{"name": "eu-central-1"}]' });
  expect(errors.map(({ key }) => key)).toContain("livekit:regions[0].cidr");
  expect(errorsOf({ regions: "[]" })).toEqual([]);
});

test.each([
  "livekit/livekit-server:v1.13.11",
  `livekit/livekit-server:v1.13.11@${digest}`,
  `livekit/livekit-server@${digest}`,
  "registry.example.com:5000/mirror/livekit-server:v1.13.11",
])("livekit:images accepts the image %s", (livekit) => {
  expect(configure({ images: JSON.stringify({ livekit }) }).settings.images).toEqual({ livekit });
});

test.each([
  ["apiSecret", "short", /32 characters/],
  ["apiSecret", "your_api_secret_here_and_more_to_make_it_long", /placeholder/],
  ["turnSecret", "your_turn_secret_here_and_more_to_make_it_long", /placeholder/],
  ["turnSecret", testSecrets["apiSecret"] ?? "", /differ/],
  ["turnSecret", "with # a comment in it, and 32 characters", /#/],
  ["redisPassword", "with\na line break and more than 32 characters", /printable/],
  ["apiKey", "API:key", /letters/],
  ["apiKey", "", /missing/],
  ["apiKey", "devkey", /placeholder/],
])(
  "the settings check rejects the secret %s with the value %j, and the error does not contain the value",
  (name, value, rule) => {
    const [error, ...others] = errorsOf({}, { ...testSecrets, [name]: value });
    expect(error?.key).toContain(`livekit:${name}`);
    expect([error, ...others].map((each) => each?.rule).join()).toMatch(rule);
    if (value !== "") expect(JSON.stringify([error, ...others])).not.toContain(value);
    // `npm run secrets` creates only missing secrets, so a wrong one has to be removed first.
    expect(error?.fix).toMatch(value === "" ? /^Create it with: npm run secrets$/ : /^Remove that line from .env/);
  },
);

test("the password of an external Redis may have any length", () => {
  const env = { ...testSecrets, redisPassword: "short" };
  expect(errorsOf({}, env).map(({ rule }) => rule)).toEqual([
    "must have at least 32 characters unless livekit:redis.mode is external",
  ]);
  expect(errorsOf({ redis: JSON.stringify(external) }, env)).toEqual([]);
});

test("the secret monitoringPassword is required only if livekit:monitoring is true", () => {
  expect(errorsOf({})).toEqual([]);
  expect(errorsOf({ monitoring: "true" })).toEqual([
    {
      key: "livekit:monitoringPassword (MONITORING_PASSWORD in .env)",
      rule: "is missing",
      fix: "Create it with: npm run secrets",
    },
  ]);
  expect(errorsOf({ monitoring: "true" }, monitoredSecrets)).toEqual([]);
});

test("the settings check reports all invalid settings together", () => {
  const errors = errorsOf({ nodes: "9", domain: "x", mediaTransport: "tcp" }, { ...testSecrets, apiSecret: "short" });
  expect(errors.map(({ key }) => key.split(" ")[0]).sort()).toEqual(
    ["livekit:apiSecret", "livekit:domain", "livekit:mediaTransport", "livekit:nodes"].sort(),
  );
});

test("rejects a plain-text secret in the stack file", () => {
  const errors = errorsOf({ apiSecret: testSecrets["apiSecret"] ?? "" });
  expect(errors.map(({ rule }) => rule).join()).toMatch(/in plain text/);
  expect(JSON.stringify(errors)).not.toContain(testSecrets["apiSecret"]);
});

test("rejects an empty secret that a user has set, and ignores the project's empty default", () => {
  const env = { ...testSecrets };
  const read = (value: string, encrypted: readonly string[]) =>
    parseConfiguration({ values: { apiSecret: value }, encrypted: new Set(encrypted), env });
  const rejection =
    /^livekit:apiSecret: the secret must not be empty\. Set it with: pulumi config set --secret livekit:apiSecret, or remove it with: pulumi config rm livekit:apiSecret$/m;
  expect(() => read("", ["apiSecret"])).toThrow(rejection);
  expect(() => read(" \n", ["apiSecret"])).toThrow(rejection);
  expect(read("", []).secrets.apiKeys[0].secret).toBe(testSecrets["apiSecret"]);
});

test("any text in a setting is accepted or rejected with a UserError", () => {
  const keys = ["target", "domain", "nodes", "ports", "regions", "images", "redis", "adminCidrs", "acme", "room"];
  fc.assert(
    fc.property(fc.constantFrom(...keys), fc.oneof(fc.string(), fc.json()), (key, value) => {
      expect(Array.isArray(errorsOf({ [key]: value }))).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test("Pulumi.yaml equals the project file that is generated from the settings schema", () => {
  const file = readFileSync(join(__dirname, "../../../Pulumi.yaml"), "utf8");
  expect(file).toBe(renderProjectFile());
});
