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
    "on PATH is used: %s",
    async (said) => {
      const folder = await ensureAwsCli(machineWith(said), silent);
      expect(folder).toBe("/usr/bin");
    },
  );

  it.each([undefined, "aws-cli/1.28.9 Python/3.11.7", "aws-cli/2.12.7", "something else"])(
    "is installed once from PyPI if the command on PATH has the version %s",
    async (said) => {
      const machine = machineWith(said);
      const folder = await ensureAwsCli(machine, silent);
      expect(folder).toMatch(/livekit-stack\/aws-cli-[0-9a-f]{12}$/);
      await ensureAwsCli(machine, silent);
      expect(machine.ran.filter((line) => line.includes("pip install"))).toHaveLength(1);
    },
  );

  it.each<[string, FakeOptions]>([
    ["no pip, and none may be installed", { root: false, answer: (line) => (line.includes("pip") ? undefined : "") }],
    ["PyPI out of reach", { answer: (line) => (line.includes("pip install") ? undefined : "") }],
  ])("cannot be installed (%s): suggests how to install it", async (_, options) => {
    await expect(ensureAwsCli(machineWith(undefined, options), silent)).rejects.toThrow(/Install it \(https:/);
  });
});
