import { delimiter, dirname } from "node:path";
import { builtImageName } from "../../images/catalog";
import { type AwsPlan, primaryRegion } from "../../model/aws/plan";
import { officialImageName } from "../../model/images";
import { quoted } from "../../model/shell";
import type { AwsSimulator } from "../../packages/aws-simulator/network/aws-simulator";
import { addresses, ports } from "../../packages/aws-simulator/network/state";
import type { EngineTools } from "../lib/engine";
import { exportLines } from "../lib/shell";
import type { RehearsalTools } from "../toolchain/rehearsal";
import type { Workspace } from "./workspace";

/** Input for the environment variables of a rehearsal's commands. */
export interface RehearsalEnvironment {
  readonly workspace: Workspace;
  readonly tools: Pick<RehearsalTools, "awsFolder" | "awsPluginPath" | "simulatorImage" | "imageSource"> & EngineTools;
  /** Variables with which programs on this machine reach the simulated account. */
  readonly account: AwsSimulator["environment"];
  readonly plan: AwsPlan;
}

/** Removes all `AWS_*` variables, so that a rehearsal uses only the simulated account. @param env is changed */
export function forgetAccounts(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(env)) if (name.startsWith("AWS_")) delete env[name];
}

/** Returns the environment in which `pulumi`, `aws` and our commands use the simulated account and rehearsal state. */
export function environmentOf({ workspace, tools, account, plan }: RehearsalEnvironment): Record<string, string> {
  const { pulumi, pluginPath, awsPluginPath, awsFolder, dockerHost } = tools;
  const folders = [workspace.bin, awsPluginPath, pluginPath, awsFolder, dirname(pulumi.command), process.env["PATH"]];
  return {
    PATH: folders.filter(Boolean).join(delimiter),
    LIVEKIT_STACK_HOME: workspace.folder,
    LIVEKIT_SIMULATOR: `${workspace.number}`,
    LIVEKIT_SIMULATOR_IMAGE: tools.simulatorImage,
    LIVEKIT_SIMULATOR_REDIS_IMAGE: (tools.imageSource === "build" ? builtImageName : officialImageName)("redis"),
    ...account,
    AWS_REGION: primaryRegion(plan).name,
    // AWS CLI version 1 reads this instead of AWS_REGION.
    AWS_DEFAULT_REGION: primaryRegion(plan).name,
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    // Requests to the simulated account stay on this machine, so they must not go through a proxy.
    NO_PROXY: "*",
    no_proxy: "*",
    NODE_EXTRA_CA_CERTS: workspace.rootFile,
    PULUMI_BACKEND_URL: `file://${workspace.state}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: workspace.passphraseFile,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    ...(dockerHost && { DOCKER_HOST: dockerHost }),
  };
}

/** Shell code that does the same as {@link forgetAccounts}. */
const forgetting = "for name in $(env | sed -n 's/^\\(AWS_[A-Z0-9_]*\\)=.*/\\1/p'); do unset \"$name\"; done";

/**
 * Renders the environment as a shell file to source.
 * @param folder the rehearsal's folder, with its project and stack file
 */
export function shellFile(environment: Readonly<Record<string, string>>, folder: string): string {
  return [forgetting, ...exportLines(environment), pulumiFunction(folder), ""].join("\n");
}

/** Wraps `pulumi` to run in the rehearsal's folder, so that it never reads or writes the checkout's stack file. */
function pulumiFunction(folder: string): string {
  return `pulumi() { command pulumi --cwd ${quoted(folder)} "$@"; }`;
}

/**
 * Renders a script that runs a command as if from the internet.
 * @param wrapped command prefix that enters the network and the name server of the simulator's internet client
 */
export function outsideCommand(wrapped: readonly string[]): string {
  const command = wrapped.map(quoted).join(" ");
  return `#!/bin/sh\nexport AWS_ENDPOINT_URL=http://${addresses.services}:${ports.aws}\nexec ${command} "$@"\n`;
}
