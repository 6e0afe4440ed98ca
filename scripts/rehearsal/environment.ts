import { delimiter, dirname } from "node:path";
import { builtImageName } from "../../images/catalog";
import { type AwsPlan, primaryRegion } from "../../model/aws/plan";
import { officialImageName } from "../../model/images";
import { addresses, ports } from "../../packages/aws-simulator/network/state";
import type { EngineTools } from "../lib/engine";
import { exportLines, quoted } from "../lib/shell";
import type { RehearsalTools } from "../toolchain/rehearsal";
import type { Workspace } from "./workspace";

/** What a rehearsal's commands are run with. */
export interface RehearsalEnvironment {
  readonly workspace: Workspace;
  readonly tools: Pick<RehearsalTools, "awsFolder" | "awsPluginPath" | "simulatorImage" | "imageSource"> & EngineTools;
  /** The simulator's, as programs on this machine reach it. */
  readonly awsEndpointUrl: string;
  readonly plan: AwsPlan;
}

/** Whose account it is says the rehearsal alone. @param env is changed */
export function forgetAccounts(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(env)) if (name.startsWith("AWS_")) delete env[name];
}

/** The environment in which `pulumi`, `aws` and our own commands meet the simulated account, and the rehearsal's state. */
export function environmentOf({
  workspace,
  tools,
  awsEndpointUrl,
  plan,
}: RehearsalEnvironment): Record<string, string> {
  const { pulumi, pluginPath, awsPluginPath, awsFolder, dockerHost } = tools;
  const folders = [workspace.bin, awsPluginPath, pluginPath, awsFolder, dirname(pulumi.command), process.env["PATH"]];
  return {
    PATH: folders.filter(Boolean).join(delimiter),
    LIVEKIT_STACK_HOME: workspace.folder,
    LIVEKIT_SIMULATOR: `${workspace.number}`,
    LIVEKIT_SIMULATOR_IMAGE: tools.simulatorImage,
    LIVEKIT_SIMULATOR_REDIS_IMAGE: (tools.imageSource === "build" ? builtImageName : officialImageName)("redis"),
    AWS_ENDPOINT_URL: awsEndpointUrl,
    AWS_ACCESS_KEY_ID: "rehearsal",
    AWS_SECRET_ACCESS_KEY: "rehearsal",
    AWS_REGION: primaryRegion(plan).name,
    // What the aws command's first line reads in its place.
    AWS_DEFAULT_REGION: primaryRegion(plan).name,
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    // The account is near, whatever else is reached by way of a proxy.
    NO_PROXY: "*",
    no_proxy: "*",
    NODE_EXTRA_CA_CERTS: workspace.rootFile,
    PULUMI_BACKEND_URL: `file://${workspace.state}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: workspace.passphraseFile,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    ...(dockerHost && { DOCKER_HOST: dockerHost }),
  };
}

/** As {@link forgetAccounts}, in a shell. */
const forgetting = "for name in $(env | sed -n 's/^\\(AWS_[A-Z0-9_]*\\)=.*/\\1/p'); do unset \"$name\"; done";

/** The environment as a file for a shell to source. @param folder the rehearsal's, where its project and stack file are */
export function shellFile(environment: Readonly<Record<string, string>>, folder: string): string {
  return [forgetting, ...exportLines(environment), pulumiFunction(folder), ""].join("\n");
}

/** Pulumi reads and writes the stack file of the folder that it is in: never the checkout's, whatever folder that is. */
function pulumiFunction(folder: string): string {
  return `pulumi() { command pulumi --cwd ${quoted(folder)} "$@"; }`;
}

/** A command that runs another as somebody outside AWS does: with the gateway's network, name server and account. */
export function outsideCommand(wrapped: readonly string[]): string {
  const command = wrapped.map(quoted).join(" ");
  return `#!/bin/sh\nexport AWS_ENDPOINT_URL=http://${addresses.services}:${ports.aws}\nexec ${command} "$@"\n`;
}
