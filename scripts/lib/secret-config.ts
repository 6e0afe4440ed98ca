import { execa } from "execa";
import { type SecretKey, secretKeys } from "../../model/settings/schema";
import { cannot, fixAbove } from "../../model/user-error";
import { projectFolder } from "../../stacks/env";
import { lastLines, thisMachine } from "../toolchain/machine";
import { toStandardError } from "../toolchain/output";
import { ensurePulumi } from "../toolchain/pulumi";
import { engineEnvironment, openStack } from "./engine";
import type { SecretStore } from "./secret-file";
import { readStackFile } from "./stack-file";

/** Secrets in a stack's encrypted configuration, in its Pulumi.<stack>.yaml. */
export class SecretConfig implements SecretStore {
  private constructor(
    readonly name: string,
    private readonly pulumi: (args: readonly string[], input?: string) => Promise<string>,
  ) {}

  /** @throws UserError if the stack has no file, or its state can't be reached */
  static async open(stack: string): Promise<SecretConfig> {
    const { path } = readStackFile(stack);
    const tools = { pulumi: await ensurePulumi(thisMachine, toStandardError) };
    // The stack must exist before Pulumi can encrypt values for it.
    await openStack(stack, tools);
    const run = async (args: readonly string[], input = "") => {
      const command = ["config", ...args, "--config-file", path, "--stack", stack, "--non-interactive"];
      const env = engineEnvironment(tools, stack);
      const { failed, stdout, stderr } = await execa(tools.pulumi.command, command, {
        cwd: projectFolder,
        env,
        input,
        reject: false,
      });
      if (failed) throw cannot(path, lastLines(stderr), fixAbove);
      return stdout;
    };
    return new SecretConfig(path, run);
  }

  async read(): Promise<Partial<Record<SecretKey, string>>> {
    const all = JSON.parse(await this.pulumi(["--show-secrets", "--json"])) as Record<string, { value?: string }>;
    return Object.fromEntries(
      secretKeys.flatMap((key) => (all[`livekit:${key}`]?.value ? [[key, all[`livekit:${key}`]?.value]] : [])),
    );
  }

  /** Passes values to `pulumi` on standard input: arguments show in process lists. */
  async change(changes: Readonly<Partial<Record<SecretKey, string | undefined>>>): Promise<void> {
    for (const [key, value] of Object.entries(changes)) {
      await (value === undefined
        ? this.pulumi(["rm", `livekit:${key}`])
        : this.pulumi(["set", "--secret", `livekit:${key}`], value));
    }
  }
}
