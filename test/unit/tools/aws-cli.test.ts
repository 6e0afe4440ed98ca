import { mkdirSync } from "node:fs";
import { ensureAwsCli } from "../../../scripts/toolchain/aws-cli";
import { type FakeOptions, fakeMachine, useEmptyCache } from "./fake-machine";

useEmptyCache();

const silent = () => {};

/** A machine with this version of `aws`. Its pip creates the target folder. */
function machineWith(said: string | undefined, options: FakeOptions = {}) {
  return fakeMachine({
    ...options,
    commands: { ...(said && { aws: "/usr/bin/aws" }), python3: "/usr/bin/python3", ...options.commands },
    answer: (line, cwd) => {
      if (line.includes("aws --version")) return said;
      const target = / --target (\S+)/.exec(line)?.[1];
      if (target) mkdirSync(target, { recursive: true });
      return options.answer ? options.answer(line, cwd) : "";
    },
  });
}

describe("the aws command", () => {
  it.each(["aws-cli/2.23.6 Python/3.13.5 Linux/6.12 source", "aws-cli/1.29.0 Python/3.11.7", "aws-cli/2.13.0"])(
    "on PATH is used if it has the version %s",
    async (said) => {
      const folder = await ensureAwsCli(machineWith(said), silent);
      expect(folder).toBe("/usr/bin");
    },
  );

  it.each([
    ["PATH has no aws command", undefined],
    ["version 1 on PATH is older than 1.29.0", "aws-cli/1.28.9 Python/3.11.7"],
    ["version 2 on PATH is older than 2.13.0", "aws-cli/2.12.7"],
    ["the command on PATH prints no version", "something else"],
  ])("is installed once from PyPI if %s", async (_, said) => {
    const machine = machineWith(said);
    const folder = await ensureAwsCli(machine, silent);
    expect(folder).toMatch(/livekit-stack\/aws-cli-[0-9a-f]{12}$/);
    await ensureAwsCli(machine, silent);
    expect(machine.ran.filter((line) => line.includes("pip install"))).toHaveLength(1);
  });

  it.each<[string, FakeOptions]>([
    [
      "pip is missing and the user is not root",
      { root: false, answer: (line) => (line.includes("pip") ? undefined : "") },
    ],
    ["PyPI is unreachable", { answer: (line) => (line.includes("pip install") ? undefined : "") }],
  ])("causes an error that suggests how to install it if %s", async (_, options) => {
    await expect(ensureAwsCli(machineWith(undefined, options), silent)).rejects.toThrow(/Install the AWS CLI \(https:/);
  });
});
