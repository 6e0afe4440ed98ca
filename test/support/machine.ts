import { execFile } from "node:child_process";
import { CommandFailure, lastLines, type Machine, thisMachine } from "../../scripts/toolchain/machine";

/** This machine, for code under Jest, which cannot load the library that our commands run programs with. */
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
        // Like our commands, without the trailing newline.
        if (!error) return resolve(stdout.replace(/\r?\n$/, ""));
        reject(new CommandFailure([command, ...args].join(" "), lastLines(`${stdout}${stderr}`) || error.message));
      });
    }),
};
