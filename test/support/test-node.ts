import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtImageName } from "../../images/catalog";
import { type IngressRule, ingressRules } from "../../model/aws/ingress";
import { type AwsNode, type AwsPlan, awsFleet, planAws } from "../../model/aws/plan";
import { imageNames } from "../../model/fleet";
import { awsKinds } from "../../model/images";
import type { Settings } from "../../model/settings/schema";
import type { Secrets } from "../../model/settings/secrets";
import { AwsSimulator } from "../../packages/aws-simulator/network/aws-simulator";
import type { Machine } from "../../packages/aws-simulator/network/machine";
import type { NodeReport } from "../../scripts/aws/report";
import type { ImageSource } from "../../scripts/toolchain/images";
import { ensureRehearsal } from "../../scripts/toolchain/rehearsal";
import { projectFolder } from "../../stacks/env";
import { readNodeSources } from "../../stacks/node-sources";
import { type Bundle, renderBundle } from "../../templates/node/bundle";
import { renderUserData } from "../../templates/node/user-data";
import { type Answer, ended } from "./answer";
import { bucket, prepareAccount, publicAddress, putKeys } from "./aws-account";
import { testMachine } from "./machine";
import { NodeOperator, type SignedRequest, type Signing } from "./node-operator";
import { type SimulatorName, simulatorNumbers } from "./numbers";
import { holdCall, type RunningCall } from "./running-call";
import { serviceProcesses } from "./service-processes";
import { configureAws, testRegion } from "./settings";
import { awsOptions } from "./simulator-account";

const quiet = () => {};

const instanceId = "i-0123456789abcdef0";

/** Time limit for a booting node to answer. */
const answerSeconds = 300;

/**
 * A production node on a simulated AWS: the example's settings, the real bundle and user data. Secrets and DNS names
 * are as the program creates them.
 */
export class TestNode {
  private readonly folder = mkdtempSync(join(tmpdir(), "livekit-node-"));
  private readonly operator: NodeOperator;
  secrets: Secrets;

  private constructor(
    readonly simulator: AwsSimulator,
    readonly machine: Machine,
    readonly plan: AwsPlan,
    secrets: Secrets,
    private keysVersion: string,
    privateKey: KeyObject,
  ) {
    this.secrets = secrets;
    this.operator = new NodeOperator(simulator, this.node.region, this.node.name, instanceId, privateKey);
  }

  /**
   * Launches the machine and returns while it boots, without sending it a request.
   * @param plain whether it boots Debian's own image and installs everything itself. @default false: a prebaked image
   * @param monitoring the setting of that name. @default false
   */
  static async launch(name: SimulatorName, { plain = false, monitoring = false } = {}): Promise<TestNode> {
    const tools = await ensureRehearsal(testMachine, quiet);
    const { docker, simulatorImage, imageSource } = tools;
    const simulator = await AwsSimulator.start({ docker, number: simulatorNumbers[name], image: simulatorImage });
    const { settings, secrets } = configureAws({
      ...testValues(simulator.acmeDirectoryUrl, imageSource),
      monitoring: `${monitoring}`,
      // Adds TURN over TCP. The smoke test only uses relays that the server offers, because it has only the server's
      // URL.
      turnTransports: '["tcp"]',
    });
    const plan = planAws(settings);
    const keysVersion = await prepareAccount(simulator, plan, secrets);
    const [node] = plan.nodes;
    const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const publicKey = keys.publicKey.export({ type: "spki", format: "pem" }).toString();
    const machine = await simulator.launch({
      name: node.name,
      image: plain ? tools.machineImage : tools.prebakedImage,
      instanceId,
      instanceType: node.instanceType,
      imageId: "ami-0123456789abcdef0",
      region: node.region,
      zone: `${node.region}a`,
      network: plan.regions[0].cidr,
      subnet: node.subnet.cidr,
      privateAddress: node.privateAddress,
      publicAddress,
      role: node.name,
      userData: renderUserData({ node: node.name, bucket, region: node.region, publicKey }, readNodeSources().puller),
      metadataHops: 1,
      ingress: ingressRules(plan).map(securityGroupRule),
    });
    return new TestNode(simulator, machine, plan, secrets, keysVersion, keys.privateKey);
  }

  get node(): AwsNode {
    return this.plan.nodes[0];
  }

  get publicAddress(): string {
    return publicAddress;
  }

  /** Returns the node's bundle with some settings changed. */
  bundle(settings: Partial<Settings> = {}): Bundle {
    const plan = { ...this.plan, settings: { ...this.plan.settings, ...settings } };
    const fleet = awsFleet(plan, { [this.node.name]: publicAddress });
    const counts = { apiKeys: this.secrets.apiKeys.length, turnSecrets: this.secrets.turnSecrets.length };
    return renderBundle(plan, fleet, this.node, imageNames(plan.settings), readNodeSources(), bucket, counts);
  }

  /** Applies a bundle as `pulumi up` does: uploads it, sends the request and waits for the answer. */
  async apply(
    bundle: Bundle = this.bundle(),
    { timeoutSeconds = answerSeconds, sign }: { timeoutSeconds?: number; sign?: Signing } = {},
  ): Promise<Answer> {
    return this.operator.apply(bundle, this.keysVersion, timeoutSeconds, sign);
  }

  /**
   * Sends a request to the node and waits for its answer.
   * @param fields of the request, in addition to its verb
   * @param sign returns the request's signature, empty for none. @default the operator's
   */
  async ask(
    verb: string,
    fields: Readonly<Record<string, string>> = {},
    timeoutSeconds = answerSeconds,
    sign?: Signing,
  ): Promise<Answer> {
    return this.operator.ask(verb, fields, timeoutSeconds, sign);
  }

  /** Returns the last request, with its signature. */
  request(): Promise<SignedRequest> {
    return this.operator.request();
  }

  /** Sends a former request again, as someone who can write the bucket may do, and waits for the node's answer. */
  async replay(request: SignedRequest): Promise<Answer> {
    await this.operator.send(request);
    return this.operator.wait(JSON.parse(request.body).nonce, undefined, answerSeconds);
  }

  async changeSecrets(secrets: Secrets): Promise<void> {
    this.secrets = secrets;
    this.keysVersion = await putKeys(this.simulator, this.plan, secrets);
  }

  async report(): Promise<NodeReport | undefined> {
    return this.operator.report();
  }

  /** Options for AWS SDK clients in the node's account and region. */
  get awsOptions(): ReturnType<typeof awsOptions> {
    return awsOptions(this.simulator, this.node.region);
  }

  /** Runs the smoke test from outside AWS, by name, and verifies the certificate against the CA's root. */
  async smoke(...args: readonly string[]): Promise<Answer> {
    const [{ key, secret }] = this.secrets.apiKeys;
    const url = ["--url", `wss://${this.plan.apiName}`, "--ca", await this.rootFile()];
    const env = { NO_COLOR: "1", LIVEKIT_API_KEY: key, LIVEKIT_API_SECRET: secret };
    return this.outside([process.execPath, join(projectFolder, "scripts/bin.mjs"), "smoke", ...url, ...args], env);
  }

  /** Runs one of this machine's programs outside AWS. */
  async outside(command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const [program, ...args] = await this.simulator.internet.command(command);
    return ended(program, args, { ...process.env, ...env });
  }

  /** Returns the path of the root CA of the node's certificate. */
  async rootFile(): Promise<string> {
    const file = join(this.folder, "root.pem");
    writeFileSync(file, await this.simulator.issuingRoot());
    return file;
  }

  objects(): ReturnType<NodeOperator["objects"]> {
    return this.operator.objects();
  }

  /** Starts a call from outside AWS that lasts until it is ended. */
  async holdCall(path: string): Promise<RunningCall> {
    const [{ key, secret }] = this.secrets.apiKeys;
    const entry = { url: `wss://${this.plan.apiName}` };
    const order = { path, entries: [entry, entry], room: `held-${path}`, apiKey: key, apiSecret: secret } as const;
    return holdCall(this.simulator, order);
  }

  /** Returns the process id of each running service on the machine, by container name. A changed id means a restart. */
  processes(): Promise<Record<string, number>> {
    return serviceProcesses(this.machine);
  }

  async remove(): Promise<void> {
    await this.simulator.stop();
    rmSync(this.folder, { recursive: true });
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
