import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectFolder } from "../../stacks/env";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "closed-pipe-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/**
 * Runs a command whose reader closes both pipes. After that the command prints a hundred more lines and writes a file.
 */
async function runWithoutReader(work: string): Promise<{ readonly code: number | null; readonly ended: boolean }> {
  const [closed, file] = [join(folder, "closed"), join(folder, "ended")];
  const program = `
    const { runMain } = require("./scripts/lib/cli.ts");
    const { endingByItself } = require("./scripts/lib/interruption.ts");
    // As Pulumi's inline program does during an update.
    process.on("uncaughtException", (error) => console.error(error));
    const work = async () => {
      for (let line = 0; line < 100; ) {
        console.log("line");
        console.error("line");
        if (require("node:fs").existsSync(${JSON.stringify(closed)})) line++;
        await new Promise(setImmediate);
      }
      require("node:fs").writeFileSync(${JSON.stringify(file)}, "");
      return 0;
    };
    runMain(() => ${work});
  `;
  const child = spawn(process.execPath, ["--require", "./scripts/lib/typescript.cjs", "-e", program], {
    cwd: projectFolder,
    timeout: 10_000,
    killSignal: "SIGKILL",
  });
  await once(child.stderr, "data");
  const exit = once(child, "exit");
  await Promise.all([child.stdout, child.stderr].map((pipe) => once(pipe.destroy(), "close")));
  writeFileSync(closed, "");
  const [code] = await exit;
  return { code, ended: existsSync(file) };
}

test("an update continues to its end after the reader of its output has closed the pipe", async () => {
  expect(await runWithoutReader("endingByItself(work)")).toEqual({ code: 0, ended: true });
});

test("a command other than an update ends when the reader of its output closes the pipe", async () => {
  expect(await runWithoutReader("work()")).toEqual({ code: 0, ended: false });
});
