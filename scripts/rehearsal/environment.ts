import { delimiter, dirname } from "node:path";
import { builtImageName } from "../../images/catalog";
import { officialImageName } from "../../model/images";
import { addresses, ports } from "../../providers/aws/ground/state";
import type { EngineTools } from "../engine";
import type { RehearsalTools } from "../tools/rehearsal";
import type { Home } from "./home";

/** What a rehearsal's commands are run with. */
export interface RehearsalEnvironment {
  readonly home: Home;
  readonly tools: Pick<RehearsalTools, "awsFolder" | "awsPluginPath" | "cloudImage" | "imageSource"> & EngineTools;
  /** The ground's, as programs on this machine reach it. */
  readonly awsEndpointUrl: string;
  readonly region: string;
}

/** The environment in which `pulumi`, `aws` and our own commands meet the simulated account, and the rehearsal's state. */
export function environmentOf({ home, tools, awsEndpointUrl, region }: RehearsalEnvironment): Record<string, string> {
  const { pulumi, pluginPath, awsPluginPath, awsFolder, dockerHost } = tools;
  const folders = [home.bin, awsPluginPath, pluginPath, awsFolder, dirname(pulumi.command), process.env["PATH"]];
  return {
    PATH: folders.filter(Boolean).join(delimiter),
    LIVEKIT_STACK_HOME: home.folder,
    LIVEKIT_GROUND: `${home.number}`,
    LIVEKIT_GROUND_IMAGE: tools.cloudImage,
    LIVEKIT_GROUND_REDIS_IMAGE: (tools.imageSource === "build" ? builtImageName : officialImageName)("redis"),
    AWS_ENDPOINT_URL: awsEndpointUrl,
    AWS_ACCESS_KEY_ID: "rehearsal",
    AWS_SECRET_ACCESS_KEY: "rehearsal",
    AWS_REGION: region,
    NODE_EXTRA_CA_CERTS: home.rootFile,
    PULUMI_BACKEND_URL: `file://${home.state}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: home.passphraseFile,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    ...(dockerHost && { DOCKER_HOST: dockerHost }),
  };
}

/** The environment as a file for a shell to source. */
export function shellFile(environment: Readonly<Record<string, string>>): string {
  const lines = Object.entries(environment).map(
    ([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'`,
  );
  return `${lines.join("\n")}\n`;
}

/** A command that runs another as somebody outside AWS does: with the gateway's network, name server and account. */
export function outsideCommand(wrapped: readonly string[]): string {
  const quoted = wrapped.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  return `#!/bin/sh\nexport AWS_ENDPOINT_URL=http://${addresses.services}:${ports.aws}\nexec ${quoted} "$@"\n`;
}
