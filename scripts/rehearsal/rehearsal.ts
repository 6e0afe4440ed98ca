import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ConfigMap, Stack } from "@pulumi/pulumi/automation";
import { type AwsPlan, primaryRegion } from "../../model/aws/plan";
import type { UserError } from "../../model/user-error";
import { directoryUrl } from "../../packages/aws-simulator/network/acme";
import { AwsSimulator } from "../../packages/aws-simulator/network/aws-simulator";
import { projectFolder, projectName } from "../../stacks/env";
import { AwsCli } from "../aws/cli";
import { npm } from "../lib/cli";
import { type EngineTools, skipResultQueries } from "../lib/engine";
import { awsPlanFromFile } from "../lib/load-stack";
import { freshSecrets } from "../lib/secret-file";
import { readStackFile } from "../lib/stack-file";
import { pulumiCommand } from "../toolchain/index";
import { cannot, type Machine } from "../toolchain/machine";
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
  /** Boot Debian's image as it is. @default false: a baked one */
  readonly plain?: boolean;
  /** Changes of the stack's configuration, before those that a rehearsal needs of it. */
  readonly overrides?: readonly Override[];
}

/**
 * A stack's production program on a simulated AWS: the real engine, and machines that boot its real user data. All of it is
 * in one folder and on one simulator, so that two rehearsals do not disturb each other.
 * @example
 * const rehearsal = await Rehearsal.start({ home: Home.of("prod"), tools, machine: thisMachine });
 * const stack = await rehearsal.open();
 * await stack.up();
 * await rehearsal.remove();
 */
export class Rehearsal {
  private constructor(
    readonly workspace: Workspace,
    readonly simulator: AwsSimulator,
    readonly plan: AwsPlan,
    /** In which `pulumi`, `aws` and our commands meet the simulated account. */
    readonly environment: Readonly<Record<string, string>>,
    private readonly options: RehearsalOptions,
    /** What differs from the stack's configuration. */
    readonly overrides: readonly Override[],
    /** What a packet takes from one region to another, in words; undefined with one region alone. */
    readonly latency: string | undefined,
  ) {}

  /**
   * Starts the simulator and prepares what an operator has before the first `pulumi up`: a zone, settings, secrets.
   * @throws Refusal with whatever is wrong with the settings, before anything is made
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

  /** The one in this folder, that this or another process has started. */
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
    const environment = environmentOf({ workspace, tools, awsEndpointUrl: simulator.awsEndpointUrl, plan });
    return new Rehearsal(workspace, simulator, plan, environment, options, overrides, latency);
  }

  /** The stack, with the program that `pulumi up` runs. */
  async open(): Promise<Stack> {
    const { LocalWorkspace } = await import("@pulumi/pulumi/automation/index.js");
    const { workspace, environment, options } = this;
    // The program looks for the aws command, and an inline program runs in this process.
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

  /** The aws command with the simulated account. */
  aws(region = primaryRegion(this.plan).name): Promise<AwsCli> {
    return AwsCli.find(region, this.machine);
  }

  /** This machine, in the rehearsal's environment. */
  get machine(): Machine {
    const { machine, tools } = this.options;
    return {
      ...machine,
      which: (name) => (name === "aws" ? join(tools.awsFolder, "aws") : machine.which(name)),
      run: (command, args, options = {}) =>
        machine.run(command, args, { ...options, env: { ...this.environment, ...options.env } }),
    };
  }

  /** One of our commands, for the rehearsed stack, as somebody outside AWS runs it. */
  commandOutside(command: string, ...args: readonly string[]): readonly [string, ...string[]] {
    const script = [process.execPath, join(projectFolder, "scripts/bin.mjs"), command, "--stack", this.workspace.stack];
    return [join(this.workspace.bin, "outside"), ...script, ...args];
  }

  /** Takes all of it away, whatever state it is in. */
  async remove(): Promise<void> {
    await removeRehearsal(this.workspace, this.options.tools.docker);
  }

  /** For a shell, and for our own commands outside. */
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

/** Removes a rehearsal that this or another process started. */
export async function removeRehearsal(workspace: Workspace, docker: RehearsalTools["docker"]): Promise<void> {
  if (workspace.hasSimulator)
    await AwsSimulator.remove(docker, workspace.number, workspace.simulatorId ? { id: workspace.simulatorId } : {});
  workspace.remove();
}

function isUp(workspace: Workspace): UserError {
  const rule = "is there already: kept, under way, or left by one that was killed";
  return cannot(
    `the rehearsal of ${workspace.stack}`,
    rule,
    `Take it away with: ${npm("rehearse", workspace, "--stop")}`,
  );
}

/** Secrets are no part of a plan. @throws Refusal with whatever is wrong with the settings */
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
