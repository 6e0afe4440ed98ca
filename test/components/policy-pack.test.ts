import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { credentials } from "@grpc/grpc-js";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import type { AnalyzerInfo } from "@pulumi/pulumi/proto/analyzer_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { parse } from "yaml";
import { rules } from "../../policy/rules/index";
import { Workspace } from "../../scripts/rehearsal/workspace";
import { awsValues, testSecrets } from "../support/settings";

const project = join(__dirname, "../..");
const runner = join(project, "node_modules/@pulumi/pulumi/cmd/run-policy-pack");
const engine = "127.0.0.1:1";
const parent = mkdtempSync(join(tmpdir(), "policy-pack-"));
const rehearsal = Workspace.of("prod", parent);

beforeAll(() => rehearsal.make());
afterAll(() => rmSync(parent, { recursive: true }));

/** The defaults of Pulumi.yaml as text: the engine adds them to every stack's configuration. */
const defaults = Object.entries(
  parse(readFileSync(join(project, "Pulumi.yaml"), "utf8")).config as Record<
    string,
    { default?: unknown; value?: unknown }
  >,
).map(([key, spec]) => {
  const value = spec.default ?? spec.value;
  return [key, typeof value === "string" ? value : JSON.stringify(value)];
});

/** Starts the policy pack with these configuration values, as Pulumi's engine does. */
function start(cwd: string, pack: string, values: Readonly<Record<string, string>>) {
  const all = { ...Object.fromEntries(defaults), ...values };
  const config = Object.fromEntries(Object.entries(all).map(([key, value]) => [`livekit:${key}`, value]));
  const env = { ...process.env, PULUMI_CONFIG: JSON.stringify(config) };
  return spawn(process.execPath, [runner, engine, pack], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
}

test.each([
  ["pulumi-analyzer-policy-nodejs", join(project, "policy"), "."],
  ["pulumi-analyzer-policy-nodejs in a rehearsal's folder", join(rehearsal.folder, "policy"), "."],
  ["Pulumi's language plugin for Node.js", project, join(project, "policy")],
])("%s starts the policy pack, which serves every rule to Pulumi's engine", async (_, cwd, pack) => {
  const child = start(cwd, pack, { ...awsValues, ...testSecrets });
  try {
    const [port] = await once(child.stdout, "data");
    const client = new AnalyzerClient(`127.0.0.1:${String(port).trim()}`, credentials.createInsecure());
    const info = await new Promise<AnalyzerInfo>((resolve, reject) =>
      client.getAnalyzerInfo(new Empty(), (error, answer) => (error ? reject(error) : resolve(answer))),
    );
    client.close();
    expect(info.getName()).toBe("livekit-stack");
    expect(info.getPoliciesList().map((policy) => policy.getName())).toEqual(rules.map(({ name }) => name));
  } finally {
    child.kill();
    await once(child, "close");
  }
});

test("the policy pack reports invalid settings with the same errors as the program", async () => {
  let output = "";
  const child = start(join(project, "policy"), ".", { ...awsValues, ...testSecrets, domain: "https://example.com" });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
  const [code] = await once(child, "close");
  expect(code).not.toBe(0);
  expect(output).toContain('livekit:domain "https://example.com": must be a bare domain name, without a scheme.');
  expect(output).not.toMatch(/^\s+at /m);
  for (const secret of Object.values(testSecrets)) expect(output).not.toContain(secret);
});
