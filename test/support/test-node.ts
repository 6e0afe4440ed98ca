import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtImageName } from "../../images/catalog";
import { type IngressRule, ingressRules } from "../../model/aws/ingress";
import { type AwsNode, type AwsPlan, awsFleet, planAws } from "../../model/aws/plan";
import { imageNames } from "../../model/fleet";
import { awsKinds } from "../../model/images";
import type { Settings } from "../../model/settings/schema";
import type { Secrets } from "../../model/settings/secrets";
import { Ground } from "../../providers/aws/ground/ground";
import type { Machine } from "../../providers/aws/ground/machine";
import { AwsCli } from "../../scripts/aws/cli";
import { type NodeReport, readReport } from "../../scripts/aws/report";
import type { ImageSource } from "../../scripts/tools/images";
import { CommandFailure } from "../../scripts/tools/machine";
import { ensureRehearsal } from "../../scripts/tools/rehearsal";
import { projectFolder } from "../../stacks/env";
import { readNodeProgram } from "../../stacks/node-program";
import { type Bundle, renderBundle } from "../../templates/node/bundle";
import { requestShell } from "../../templates/node/request";
import { renderUserData } from "../../templates/node/user-data";
import { type Answer, ended } from "./answer";
import { bucket, prepareAccount, publicAddress, putKeys } from "./aws-account";
import { testMachine } from "./machine";
import { type SimulatorName, simulatorNumbers } from "./numbers";
import { holdCall, type RunningCall } from "./running-call";
import { serviceProcesses } from "./service-processes";
import { configureAws, testRegion } from "./settings";

const quiet = () => {};

/**
 * A production node on a simulated AWS: the example's settings, the real bundle and user data, secrets and names as the
 * program makes them, and an operator with the aws command.
 */
export class TestNode {
  private readonly folder = mkdtempSync(join(tmpdir(), "livekit-node-"));
  private cli?: Promise<AwsCli>;
  secrets: Secrets;

  private constructor(
    readonly ground: Ground,
    readonly machine: Machine,
    readonly plan: AwsPlan,
    secrets: Secrets,
    private readonly commandFolder: string,
    private keysVersion: string,
  ) {
    this.secrets = secrets;
  }

  /**
   * Launches the machine, which boots while this returns. Nothing is asked of it yet.
   * @param plain it boots Debian's image as it is, and installs itself. @default false: a baked one
   * @param monitoring as the setting of that name. @default false
   */
  static async launch(name: SimulatorName, { plain = false, monitoring = false } = {}): Promise<TestNode> {
    const tools = await ensureRehearsal(testMachine, quiet);
    const { docker, awsFolder, cloudImage, imageSource } = tools;
    const ground = await Ground.start({ docker, number: simulatorNumbers[name], image: cloudImage });
    const { settings, secrets } = configureAws({
      ...testValues(ground.acmeDirectoryUrl, imageSource),
      monitoring: `${monitoring}`,
    });
    const plan = planAws(settings);
    const aws = await command(ground, awsFolder);
    const keysVersion = await prepareAccount(aws, plan, secrets);
    const [node] = plan.nodes;
    const machine = await ground.launch({
      name: node.name,
      image: plain ? tools.machineImage : tools.bakedImage,
      instanceId: "i-0123456789abcdef0",
      instanceType: node.instanceType,
      imageId: "ami-0123456789abcdef0",
      region: node.region,
      zone: `${node.region}a`,
      network: plan.regions[0].cidr,
      subnet: node.subnet.cidr,
      privateAddress: node.privateAddress,
      publicAddress,
      role: node.name,
      userData: renderUserData({ node: node.name, bucket, region: node.region }),
      metadataHops: 1,
      ingress: ingressRules(plan).map(securityGroupRule),
    });
    return new TestNode(ground, machine, plan, secrets, awsFolder, keysVersion);
  }

  get node(): AwsNode {
    return this.plan.nodes[0];
  }

  get publicAddress(): string {
    return publicAddress;
  }

  /** What the node is given, with some of the settings changed. */
  bundle(settings: Partial<Settings> = {}): Bundle {
    const plan = { ...this.plan, settings: { ...this.plan.settings, ...settings } };
    const fleet = awsFleet(plan, { [this.node.name]: publicAddress });
    const counts = { apiKeys: this.secrets.apiKeys.length, turnSecrets: this.secrets.turnSecrets.length };
    return renderBundle(plan, fleet, this.node, imageNames(plan.settings), readNodeProgram(), bucket, counts);
  }

  /** As `pulumi up` does: the bundle into its bucket, then the node is asked and its answer waited for. */
  async apply(bundle: Bundle = this.bundle(), { timeoutSeconds = 300 } = {}): Promise<Answer> {
    const content = JSON.stringify(bundle);
    const file = join(this.folder, "bundle.json");
    writeFileSync(file, content);
    const aws = await this.aws();
    const { VersionId } = await aws.call<{ VersionId: string }>(
      ...["s3api", "put-object", "--bucket", bucket, "--key", `bundles/${this.node.name}.json`, "--body", file],
    );
    const SHA256 = createHash("sha256").update(content).digest("hex");
    const variables = { BUNDLE: VersionId, SHA256, SECRETS: this.keysVersion };
    return this.ask("apply", { ...variables, TIMEOUT_SECONDS: `${timeoutSeconds}` });
  }

  /** Asks the node as the program's command does. */
  async ask(verb: string, variables: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const [shell, ...args] = requestShell();
    const env = {
      ...this.operator,
      NODE: this.node.name,
      BUCKET: bucket,
      AWS_REGION: this.node.region,
      TIMEOUT_SECONDS: "300",
      // Each look starts the aws command, which takes most of a second of a processor.
      POLL_SECONDS: "2",
      ...variables,
    };
    return ended(shell, [...args, verb], env);
  }

  async changeSecrets(secrets: Secrets): Promise<void> {
    this.secrets = secrets;
    this.keysVersion = await putKeys(await this.aws(), this.plan, secrets);
  }

  async report(): Promise<NodeReport | undefined> {
    return readReport(await this.aws(), bucket, this.node.name);
  }

  aws(): Promise<AwsCli> {
    this.cli ??= command(this.ground, this.commandFolder);
    return this.cli;
  }

  /** The smoke test from outside AWS, by name, verified against the authority's own root. */
  async smoke(...args: readonly string[]): Promise<Answer> {
    const [{ key, secret }] = this.secrets.apiKeys;
    const url = ["--url", `wss://${this.plan.apiName}`, "--ca", await this.rootFile()];
    const env = { NO_COLOR: "1", LIVEKIT_API_KEY: key, LIVEKIT_API_SECRET: secret };
    return this.outside([process.execPath, join(projectFolder, "scripts/run.mjs"), "smoke", ...url, ...args], env);
  }

  /** Runs a command of this machine outside AWS. */
  async outside(command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const [program, ...args] = await this.ground.internet.command(command);
    return ended(program, args, { ...process.env, ...env });
  }

  /** Path of the root that the node's certificate goes back to. */
  async rootFile(): Promise<string> {
    const file = join(this.folder, "root.pem");
    writeFileSync(file, await this.ground.issuingRoot());
    return file;
  }

  /** Every version of every object in the stack's bucket: bundles, requests and reports. */
  async objects(): Promise<{ readonly key: string; readonly content: string }[]> {
    const aws = await this.aws();
    const file = join(this.folder, "object");
    const { Versions } = await aws.call<{ Versions: { Key: string; VersionId: string }[] }>(
      ...["s3api", "list-object-versions", "--bucket", bucket],
    );
    const found = [];
    for (const { Key: key, VersionId } of Versions) {
      await aws.call("s3api", "get-object", "--bucket", bucket, "--key", key, "--version-id", VersionId, file);
      found.push({ key, content: readFileSync(file, "utf8") });
    }
    return found;
  }

  /** A call from outside that goes on until it is ended, with what became of its media. */
  async holdCall(path: string): Promise<RunningCall> {
    const [{ key, secret }] = this.secrets.apiKeys;
    const entry = { url: `wss://${this.plan.apiName}` };
    const order = { path, entries: [entry, entry], room: `held-${path}`, apiKey: key, apiSecret: secret } as const;
    return holdCall(this.ground, order);
  }

  /** Process id of each running service on the machine, by its container's name: another one is a restart. */
  processes(): Promise<Record<string, number>> {
    return serviceProcesses(this.machine);
  }

  async remove(): Promise<void> {
    await this.ground.stop();
    rmSync(this.folder, { recursive: true });
  }

  /** The operator's environment: any credentials do. */
  private get operator(): NodeJS.ProcessEnv {
    return { ...process.env, ...credentials(this.ground), PATH: `${this.commandFolder}:${process.env["PATH"]}` };
  }
}

function testValues(directoryUrl: string, imageSource: ImageSource): Record<string, string> {
  const built = Object.fromEntries(awsKinds.map((kind) => [kind, builtImageName(kind)]));
  return {
    namePrefix: "lk",
    acme: JSON.stringify({ email: "ops@example.com", directoryUrl }),
    ...(imageSource === "build" && { images: JSON.stringify(built) }),
    regions: JSON.stringify([testRegion]),
    changePolicy: "drain",
    drainTimeoutSeconds: "60",
  };
}

function securityGroupRule({ protocol, first, last, sources }: IngressRule) {
  return { protocol, first, last, cidrs: sources };
}

function credentials({ awsEndpointUrl }: Ground): Record<string, string> {
  return { AWS_ENDPOINT_URL: awsEndpointUrl, AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };
}

function command(ground: Ground, folder: string): Promise<AwsCli> {
  return AwsCli.find("eu-central-1", {
    ...testMachine,
    which: () => join(folder, "aws"),
    run: async (program, args) => {
      const { exitCode, stdout, all } = await ended(program, args, { ...process.env, ...credentials(ground) });
      if (exitCode !== 0) throw new CommandFailure([program, ...args].join(" "), all);
      return stdout;
    },
  });
}
