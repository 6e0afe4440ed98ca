import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EngineEvent, Stack, StepEventMetadata } from "@pulumi/pulumi/automation";
import type { AwsOutputs } from "../../model/outputs";
import type { Machine } from "../../packages/aws-simulator/network/machine";
import { Rehearsal } from "../../scripts/rehearsal/rehearsal";
import type { RehearsalReport } from "../../scripts/rehearsal/report";
import type { Override } from "../../scripts/rehearsal/workspace";
import { workspaceIn } from "../../scripts/testing/leftovers";
import { rehearsalPrefix } from "../../scripts/testing/test-names";
import { ensurePlugins } from "../../scripts/toolchain/plugins";
import { ensurePulumi } from "../../scripts/toolchain/pulumi";
import { ensureRehearsal, type RehearsalTools } from "../../scripts/toolchain/rehearsal";
import { projectFolder } from "../../stacks/env";
import { type Answer, ended } from "./answer";
import type { Entry } from "./held-call";
import { testMachine } from "./machine";
import { holdCall, type RunningCall } from "./running-call";
import { serviceProcesses } from "./service-processes";
import { withoutStackTraces } from "./stack-traces";

const quiet = () => {};

/** Steps of a Pulumi operation in order, such as `create Instance euc1-1-instance`. */
export type Steps = readonly string[];

/** The stack's outputs by name. */
export type Outputs = Partial<Record<keyof AwsOutputs, string>>;

/** A rehearsal of the production example, with the actions of its operator and its users. */
export class Rehearsed {
  private printed = "";
  private calls = 0;
  private known?: Promise<Outputs>;

  private constructor(
    readonly rehearsal: Rehearsal,
    readonly docker: RehearsalTools["docker"],
    private readonly stack: Stack,
    private readonly parent: string,
  ) {}

  /** Starts a simulator with an account. The stack does not exist yet. */
  static async start(overrides: readonly Override[] = []): Promise<Rehearsed> {
    const parent = newParent();
    const tools = await ensureTools();
    const rehearsal = await Rehearsal.start({ workspace: workspaceIn(parent), tools, machine: testMachine, overrides });
    return new Rehearsed(rehearsal, tools.docker, await rehearsal.open(), parent);
  }

  /** Runs `npm run rehearse -- --keep` and returns the kept rehearsal with its report. @throws Error if it fails */
  static async kept(): Promise<readonly [Rehearsed, RehearsalReport]> {
    const parent = newParent();
    const { exitCode, stdout, all } = await rehearse(parent, "--keep", "--json");
    if (exitCode !== 0) {
      await rehearse(parent, "--stop");
      rmSync(parent, { recursive: true });
      throw new Error(all);
    }
    const tools = await ensureTools();
    const rehearsal = await Rehearsal.find({ workspace: workspaceIn(parent), tools, machine: testMachine });
    return [new Rehearsed(rehearsal, tools.docker, await rehearsal.open(), parent), JSON.parse(stdout)];
  }

  /** Runs `npm run rehearse` for this rehearsal's folder. */
  command(...flags: readonly string[]): Promise<Answer> {
    return rehearse(this.parent, ...flags);
  }

  /** Runs a shell script in the checkout after sourcing the rehearsal's environment. */
  shell(script: string): Promise<Answer> {
    const { folder } = this.rehearsal.workspace;
    const sourced = `cd '${projectFolder}' && . '${folder}/env' && ${script}`;
    return ended("sh", ["-c", sourced], { ...process.env, NO_COLOR: "1" });
  }

  up(): Promise<Steps> {
    return this.followed((options) => this.stack.up(options));
  }

  /**
   * Runs an `up` that fails. It needs its own process: the aborted program raises an error that would fail the test.
   * @param endpointUrl the account's endpoint for the engine
   * @param flags flags of `pulumi up`
   */
  upInItsOwnProcess(endpointUrl: string, ...flags: readonly string[]): Promise<Answer> {
    const program = [
      "--require",
      join(projectFolder, "scripts/lib/typescript.cjs"),
      join(__dirname, "pulumi-program.ts"),
    ];
    const env = { ...this.environment, AWS_ENDPOINT_URL: endpointUrl };
    return ended(process.execPath, [...program, "up", ...flags], env).finally(() => delete this.known);
  }

  /** Runs an `up` that is interrupted, as by Ctrl-C, once a resource with this name starts. */
  async upInterruptedAt(name: string): Promise<Steps> {
    const interruption = new AbortController();
    return this.followed(({ onEvent, onOutput }) => {
      const watched = (event: EngineEvent) => {
        onEvent(event);
        if (event.resourcePreEvent?.metadata.urn.endsWith(`::${name}`)) interruption.abort();
      };
      return this.stack.up({ onEvent: watched, onOutput, signal: interruption.signal }).catch((error: Error) => {
        if (!interruption.signal.aborted) throw error;
      });
    });
  }

  /**
   * Refreshes and returns the differences from the state, such as `delete SecurityGroupIngressRule ...` for a missing
   * rule.
   */
  async refresh(): Promise<Steps> {
    const found: string[] = [];
    const onEvent = ({ resOutputsEvent }: EngineEvent) => {
      const step = stepOf(resOutputsEvent?.metadata);
      if (step !== undefined && !step.startsWith("refresh ")) found.push(step);
    };
    await withoutStackTraces(() => this.stack.refresh({ onEvent, onOutput: this.print }));
    return found;
  }

  /**
   * Returns what `pulumi destroy` previews. `pulumi destroy` itself also starts with this preview: without it, the
   * command would delete unprotected resources before its first error.
   */
  previewDestroy(): Promise<Steps> {
    return this.followed((options) => this.stack.previewDestroy(options));
  }

  /** Sets a configuration key, or a path such as `regions[0].instanceType`. */
  async set(path: string, value: string): Promise<void> {
    await this.stack.setConfig(`livekit:${path}`, { value }, true);
  }

  /** Returns the text of a configuration key. */
  async value(key: string): Promise<string> {
    return (await this.stack.getConfig(`livekit:${key}`)).value;
  }

  /** Runs one of our commands from outside AWS. */
  outside(command: string, ...args: readonly string[]): Promise<Answer> {
    const [program, ...words] = this.rehearsal.commandOutside(command, ...args);
    return ended(program, words, this.environment);
  }

  /**
   * Runs the smoke test from outside AWS, with the URL and API key that an application would have from these outputs.
   */
  smokeWith({ url = "", apiKey = "", apiSecret = "" }: Outputs, ...args: readonly string[]): Promise<Answer> {
    const { bin, rootFile } = this.rehearsal.workspace;
    const script = [join(projectFolder, "scripts/bin.mjs"), "smoke", "--url", url, "--ca", rootFile, ...args];
    const keys = { LIVEKIT_API_KEY: apiKey, LIVEKIT_API_SECRET: apiSecret };
    return ended(join(bin, "outside"), [process.execPath, ...script], { ...this.environment, ...keys });
  }

  /** Runs a shell script outside AWS. */
  outsideShell(script: string): Promise<Answer> {
    return ended(join(this.rehearsal.workspace.bin, "outside"), ["sh", "-c", script], this.environment);
  }

  /** Runs one of our commands on this machine, as the stack's operator. */
  operator(command: string, ...args: readonly string[]): Promise<Answer> {
    const script = [join(projectFolder, "scripts/bin.mjs"), command, "--stack", this.rehearsal.workspace.stack];
    return ended(process.execPath, [...script, ...args], this.environment);
  }

  /** Returns the SHA-256 fingerprint of the certificate that clients outside AWS receive. */
  async fingerprint(name: string, port: number): Promise<string> {
    const shown = `openssl s_client -connect ${name}:${port} -servername ${name} </dev/null 2>/dev/null`;
    const { stdout, all } = await this.outsideShell(`${shown} | openssl x509 -noout -fingerprint -sha256`);
    if (!stdout.includes("Fingerprint")) throw new Error(`${name}:${port} shows no certificate: ${all}`);
    return stdout.trim();
  }

  /** Returns the outputs of the last `up`, cached: each read takes the engine a second of processor time. */
  outputs(): Promise<Outputs> {
    this.known ??= this.stack.workspace
      .stackOutputs(this.stack.name)
      .then((outputs) => Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, `${value}`])));
    return this.known;
  }

  previewSteps(): Promise<Steps> {
    return this.followed((options) => this.stack.preview(options));
  }

  /** Returns the output of `pulumi preview --diff`. */
  async preview(): Promise<string> {
    return (await withoutStackTraces(() => this.stack.preview({ diff: true }))).stdout;
  }

  /**
   * Holds a call from outside AWS, with the stack's keys, in a new room.
   * @param entries where the two participants join. @default both by the stack's name
   */
  async holdCall(path: string, entries?: readonly [Entry, Entry]): Promise<RunningCall> {
    const { url = "", apiKey = "", apiSecret = "" } = await this.outputs();
    const room = `held-${path}-${this.calls++}`;
    const order = { path, entries: entries ?? ([{ url }, { url }] as const), room, apiKey, apiSecret };
    return holdCall(this.rehearsal.simulator, order);
  }

  /** Runs the aws command and returns its result. */
  async aws<Result>(...args: readonly string[]): Promise<Result> {
    return (await this.rehearsal.aws()).call<Result>(...args);
  }

  /** Returns the account's Elastic IPs. */
  addresses(): Promise<string[]> {
    return this.aws("ec2", "describe-addresses", "--query", "Addresses[].PublicIp");
  }

  async machine(node = "euc1-1"): Promise<Machine> {
    const machine = await this.rehearsal.simulator.machine(node);
    if (machine === undefined) throw new Error(`the simulator has no machine for the node ${node}`);
    return machine;
  }

  async processes(): Promise<Record<string, number>> {
    return serviceProcesses(await this.machine());
  }

  /** Reports whether Pulumi's engine printed the text in its last run. */
  said(text: string): boolean {
    return this.printed.includes(text);
  }

  async remove(): Promise<void> {
    await this.rehearsal.remove();
    rmSync(this.parent, { recursive: true });
  }

  private get environment(): NodeJS.ProcessEnv {
    return { ...process.env, ...this.rehearsal.environment, NO_COLOR: "1" };
  }

  private readonly print = (text: string) => {
    this.printed += text;
  };

  private async followed(
    run: (options: { onEvent: (event: EngineEvent) => void; onOutput: (text: string) => void }) => Promise<unknown>,
  ): Promise<Steps> {
    this.printed = "";
    const steps: string[] = [];
    const onEvent = ({ resourcePreEvent }: EngineEvent) => {
      const step = stepOf(resourcePreEvent?.metadata);
      if (step !== undefined) steps.push(step);
    };
    await withoutStackTraces(() => run({ onEvent, onOutput: this.print })).finally(() => delete this.known);
    return steps;
  }
}

function newParent(): string {
  return mkdtempSync(join(tmpdir(), rehearsalPrefix));
}

async function ensureTools() {
  const pulumi = await ensurePulumi(testMachine, quiet);
  const pluginPath = await ensurePlugins(pulumi, testMachine, quiet);
  return { ...(await ensureRehearsal(testMachine, quiet)), pulumi, ...(pluginPath && { pluginPath }) };
}

function rehearse(parent: string, ...flags: readonly string[]): Promise<Answer> {
  const script = [join(projectFolder, "scripts/bin.mjs"), "rehearse", "--stack", "prod", ...flags];
  return ended(process.execPath, script, { ...process.env, LIVEKIT_STACK_HOME: parent, NO_COLOR: "1" });
}

/** Returns undefined if nothing changed. */
function stepOf(metadata: StepEventMetadata | undefined): string | undefined {
  const { op = "same", urn = "" } = metadata ?? {};
  const [, , type = "", name = ""] = urn.split("::");
  return op === "same" ? undefined : `${op} ${type.split(":").at(-1)} ${name}`;
}
