import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ConfigMap, Stack } from "@pulumi/pulumi/automation";
import { type AwsPlan, primaryRegion } from "../../model/aws/plan";
import { cannot, type UserError } from "../../model/user-error";
import { directoryUrl } from "../../packages/aws-simulator/network/acme";
import { AwsSimulator } from "../../packages/aws-simulator/network/aws-simulator";
import { partsOf } from "../../packages/aws-simulator/network/parts";
import { projectFolder, projectName } from "../../stacks/env";
import { AwsCli } from "../aws/cli";
import { npm } from "../lib/cli";
import { type EngineTools, skipResultQueries } from "../lib/engine";
import { awsPlanFromFile } from "../lib/load-stack";
import { freshSecrets } from "../lib/secret-file";
import { readStackFile } from "../lib/stack-file";
import { pulumiCommand } from "../toolchain/index";
import type { Machine } from "../toolchain/machine";
import type { RehearsalTools } from "../toolchain/rehearsal";
import { environmentOf, forgetAccounts, outsideCommand, shellFile } from "./environment";
import { latencyBetween } from "./latency";
import { withFreeNumber } from "./number";
import { imagesOfAccount, overridesOf, type RehearsalContext } from "./overrides";
import type { Override, Workspace } from "./workspace";

export interface RehearsalOptions {
  readonly workspace: Workspace;
  readonly tools: RehearsalTools & EngineTools;
  readonly machine: Machine;
  /** True to boot Debian's unchanged image. @default false: a prebaked image */
  readonly plain?: boolean;
  /** Changes to the stack's configuration. Every rehearsal's own overrides are applied after them. */
  readonly overrides?: readonly Override[];
}

/**
 * Runs a stack's production program on a simulated AWS, with the real engine and machines that boot the real user data.
 * Each rehearsal has its own folder and simulator, so that several can run side by side.
 * @example
 * const rehearsal = await Rehearsal.start({ workspace: Workspace.of("prod"), tools, machine: thisMachine });
 * const stack = await rehearsal.open();
 * await stack.up();
 * await rehearsal.remove();
 */
export class Rehearsal {
  private constructor(
    readonly workspace: Workspace,
    readonly simulator: AwsSimulator,
    readonly plan: AwsPlan,
    /** The environment in which `pulumi`, `aws` and our commands use the simulated account. */
    readonly environment: Readonly<Record<string, string>>,
    private readonly options: RehearsalOptions,
    /** Differences from the stack's configuration. */
    readonly overrides: readonly Override[],
    /** Description of the latency between regions. Undefined for a single region. */
    readonly latency: string | undefined,
  ) {}

  /**
   * Starts the simulator and creates what `pulumi up` requires: a hosted zone, settings and secrets.
   * @throws UserError with every error in the settings, before the simulator starts
   */
  static async start(options: RehearsalOptions): Promise<Rehearsal> {
    const { workspace, tools } = options;
    if (workspace.exists) throw isUp(workspace);
    workspace.make();
    try {
      const own = options.overrides ?? [];
      workspace.writeStackFile(own);
      const overrides = [...own, ...overridesOf(rehearsalContext(options))];
      workspace.writeStackFile(overrides);
      const plan = planOf(workspace);
      const simulator = await startSimulator(options);
      const latency = await latencyBetween(plan.regions, simulator);
      const rehearsal = Rehearsal.on(simulator, plan, options, overrides, latency);
      await rehearsal.writeCommands();
      await rehearsal.makeZone();
      await (await rehearsal.open()).setAllConfig(asSecrets(freshSecrets()));
      return rehearsal;
    } catch (error) {
      await removeRehearsal(workspace, tools.docker);
      throw error;
    }
  }

  /** Finds the rehearsal in this folder, which this or another process has started. */
  static async find(options: RehearsalOptions): Promise<Rehearsal> {
    const { workspace, tools } = options;
    const simulator = await AwsSimulator.find({
      docker: tools.docker,
      number: workspace.number,
      image: tools.simulatorImage,
    });
    return Rehearsal.on(simulator, planOf(workspace), options);
  }

  private static on(
    simulator: AwsSimulator,
    plan: AwsPlan,
    options: RehearsalOptions,
    overrides: readonly Override[] = [],
    latency?: string,
  ): Rehearsal {
    const { workspace, tools } = options;
    forgetAccounts(process.env);
    const environment = environmentOf({ workspace, tools, account: simulator.environment, plan });
    return new Rehearsal(workspace, simulator, plan, environment, options, overrides, latency);
  }

  /** Opens the stack with the program that `pulumi up` runs. */
  async open(): Promise<Stack> {
    const { LocalWorkspace } = await import("@pulumi/pulumi/automation/index.js");
    const { workspace, environment, options } = this;
    // The program runs in this process (inline program) and looks up the AWS CLI on PATH.
    process.env["PATH"] = environment["PATH"];
    const stack = await LocalWorkspace.createOrSelectStack(
      {
        stackName: workspace.stack,
        projectName,
        program: () => (require("../../stacks/program") as typeof import("../../stacks/program")).program(),
      },
      {
        workDir: workspace.folder,
        pulumiCommand: await pulumiCommand(options.tools.pulumi),
        envVars: { ...environment },
      },
    );
    return skipResultQueries(stack, { outputs: false });
  }

  /** Returns the AWS CLI for the simulated account. */
  aws(region = primaryRegion(this.plan).name): Promise<AwsCli> {
    return AwsCli.find(region, this.machine);
  }

  /** This machine with the rehearsal's environment. */
  get machine(): Machine {
    const { machine, tools } = this.options;
    return {
      ...machine,
      which: (name) => (name === "aws" ? join(tools.awsFolder, "aws") : machine.which(name)),
      run: (command, args, options = {}) =>
        machine.run(command, args, { ...options, env: { ...this.environment, ...options.env } }),
    };
  }

  /** Returns a command line that runs one of our commands for this stack from outside AWS. */
  commandOutside(command: string, ...args: readonly string[]): readonly [string, ...string[]] {
    const script = [process.execPath, join(projectFolder, "scripts/bin.mjs"), command, "--stack", this.workspace.stack];
    return [join(this.workspace.bin, "outside"), ...script, ...args];
  }

  /** Removes the rehearsal, even if it is incomplete. */
  async remove(): Promise<void> {
    await removeRehearsal(this.workspace, this.options.tools.docker);
  }

  /** Writes the CA's root, the `outside` script and the environment file. */
  private async writeCommands(): Promise<void> {
    const { workspace, simulator, environment } = this;
    writeFileSync(workspace.rootFile, await simulator.issuingRoot());
    workspace.writeCommand("outside", outsideCommand(await simulator.internet.command([])));
    writeFileSync(join(workspace.folder, "env"), shellFile(environment, workspace.folder), { mode: 0o600 });
  }

  private async makeZone(): Promise<void> {
    const aws = await this.aws();
    const zone = ["--name", this.plan.zoneName, "--caller-reference", "rehearsal"];
    await aws.call("route53", "create-hosted-zone", ...zone);
  }
}

/** Reports whether a Docker engine has containers of a rehearsal's simulator. One container is enough. */
export async function rehearsalExists(workspace: Workspace, docker: RehearsalTools["docker"]): Promise<boolean> {
  if (!workspace.hasSimulator) return false;
  return (await partsOf(docker, workspace.number, undefined, workspace.simulatorId)).length > 0;
}

/** Removes simulators that belong to no rehearsal. @returns the numbers of those that existed */
export async function removeSimulators(
  docker: RehearsalTools["docker"],
  numbers: readonly number[],
): Promise<readonly number[]> {
  const parts = await Promise.all(numbers.map((number) => partsOf(docker, number)));
  const existing = numbers.filter((_, i) => parts[i]?.length);
  await Promise.all(existing.map((number) => AwsSimulator.remove(docker, number)));
  return existing;
}

/** Removes a rehearsal that this or another process started. */
export async function removeRehearsal(workspace: Workspace, docker: RehearsalTools["docker"]): Promise<void> {
  if (workspace.hasSimulator)
    await AwsSimulator.remove(docker, workspace.number, workspace.simulatorId ? { id: workspace.simulatorId } : {});
  workspace.remove();
}

function isUp(workspace: Workspace): UserError {
  const rule =
    "the rehearsal already exists: --keep left it running, it is still in progress, or a killed command left it";
  return cannot(
    `the rehearsal of ${workspace.stack}`,
    rule,
    `Remove the rehearsal with: ${npm("rehearse", workspace, "--stop")}`,
  );
}

/**
 * Plans the stack with random secrets, because the plan does not depend on their values.
 * @throws UserError with every error in the settings
 */
function planOf(workspace: Workspace): AwsPlan {
  return awsPlanFromFile(workspace.stack, freshSecrets(), workspace.stackFile);
}

function startSimulator({ workspace, tools }: RehearsalOptions): Promise<AwsSimulator> {
  const { docker, simulatorImage } = tools;
  return withFreeNumber(docker, async (number) => {
    workspace.number = number;
    const simulator = await AwsSimulator.start(
      { docker, number, image: simulatorImage },
      { images: imagesOfAccount(tools) },
    );
    workspace.simulatorId = simulator.id;
    return simulator;
  });
}

function rehearsalContext({ workspace, tools, plain = false }: RehearsalOptions): RehearsalContext {
  const { config, document } = readStackFile(workspace.stack, workspace.stackFile);
  const profile = document.hasIn(["config", "aws:profile"]);
  return { config, profile, directoryUrl, imageSource: tools.imageSource, plain };
}

function asSecrets(secrets: Readonly<Record<string, string>>): ConfigMap {
  return Object.fromEntries(
    Object.entries(secrets).map(([name, value]) => [`livekit:${name}`, { value, secret: true }]),
  );
}
