import { execFile } from "node:child_process";
import { CommandFailure, lastLines, type Machine, thisMachine } from "../../scripts/toolchain/machine";

/** This machine for code that runs under Jest, which can't load the library that the commands run programs by. */
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
        // As the commands' own: without the line break at the end.
        if (!error) return resolve(stdout.replace(/\r?\n$/, ""));
        reject(new CommandFailure([command, ...args].join(" "), lastLines(`${stdout}${stderr}`) || error.message));
      });
    }),
};
