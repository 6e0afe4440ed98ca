import { execFile } from "node:child_process";
import { CommandFailure } from "../../model/errors/command-failure";
import { lastLines, type Machine, thisMachine } from "../../scripts/toolchain/machine";

/** This machine, for code under Jest. Jest cannot load execa, an ES module, which our commands use to run programs. */
export const testMachine: Machine = {
  ...thisMachine,
  run: (command, args, { cwd, env, timeoutSeconds = 0 } = {}) =>
    new Promise((resolve, reject) => {
      const options = {
        cwd,
        env: { ...process.env, ...env },
        timeout: timeoutSeconds * 1000,
        maxBuffer: Number.POSITIVE_INFINITY,
      };
      execFile(command, args, options, (error, stdout, stderr) => {
        // Removes the trailing newline, as our commands do.
        if (!error) return resolve(stdout.replace(/\r?\n$/, ""));
        reject(new CommandFailure([command, ...args].join(" "), lastLines(`${stdout}${stderr}`) || error.message));
      });
    }),
};
