import { execFile } from "node:child_process";
import { promisify } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { knowsEndpoint, lowestAws, lowestPulumi } from "../model/operator-tools";
import { type ConfigError, throwIfAny } from "../model/user-error";

/** The machine on which an operator runs Pulumi. Tests replace it. */
export interface OperatorMachine {
  readonly platform: NodeJS.Platform;
  /** Value of PATH. */
  readonly path: string;
  /** Rejects with Pulumi's error if the Pulumi CLI's version is outside the range. */
  requirePulumi(range: string): Promise<void>;
}

const thisMachine: OperatorMachine = {
  platform: process.platform,
  get path() {
    return process.env["PATH"] ?? "";
  },
  requirePulumi: pulumi.requirePulumiVersion,
};

/**
 * Checks this machine's tools before any resource is created: otherwise `pulumi up` would fail late, at the node
 * rollouts. Node rollouts use the aws command in a POSIX shell, and an older Pulumi would replace resources that must
 * stay.
 * @throws UserError with everything that this machine lacks
 */
export async function requireOperatorTools(machine: OperatorMachine = thisMachine): Promise<void> {
  throwIfAny((await Promise.all([awsErrors(machine), pulumiErrors(machine)])).flat());
}

async function awsErrors({ platform, path }: OperatorMachine): Promise<ConfigError[]> {
  if (platform === "win32") {
    const rule = "needs a POSIX shell on the operator's machine";
    const fix = "Run Pulumi in the Windows Subsystem for Linux: https://learn.microsoft.com/windows/wsl/install";
    return [{ key: "livekit:target", value: "aws", rule, fix }];
  }
  const fix = "Install the AWS CLI: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html";
  const said = await versionOfAws(path);
  if (said === undefined) {
    return [{ key: "PATH", rule: "the AWS CLI, which this program needs to update nodes, is not on PATH", fix }];
  }
  if (knowsEndpoint(said)) return [];
  return [
    {
      key: "aws",
      value: said,
      rule: `the AWS CLI must be version ${lowestAws[2]} or newer, or ${lowestAws[1]} or newer of AWS CLI 1`,
      fix,
    },
  ];
}

async function pulumiErrors({ requirePulumi }: OperatorMachine): Promise<ConfigError[]> {
  try {
    await requirePulumi(`>=${lowestPulumi}`);
    return [];
  } catch (error) {
    const { details = (error as Error).message } = error as { readonly details?: string };
    const fix = "Install a newer Pulumi CLI: https://www.pulumi.com/docs/install/";
    return [{ key: "pulumi", rule: `the Pulumi CLI must be version ${lowestPulumi} or newer: ${details}`, fix }];
  }
}

/** Returns the output of `aws --version`, or its error message. Undefined if there is no such command. */
async function versionOfAws(path: string): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await promisify(execFile)("aws", ["--version"], { env: { ...process.env, PATH: path } });
    return `${stdout}${stderr}`.trim();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === "ENOENT" || code === "EACCES" ? undefined : message;
  }
}
