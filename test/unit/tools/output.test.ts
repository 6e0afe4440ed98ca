import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { keepOutput, outputLog, throttleOutput } from "../../../scripts/toolchain/output";
import { cacheFolder } from "../../../stacks/cache";
import { projectFolder } from "../../../stacks/env";
import { useEmptyCache } from "./fake-machine";

useEmptyCache();

/**
 * Returns the lines shown for a build of ten minutes. The build prints one line of our own each minute, and its
 * commands print ten lines a second.
 */
function shownOf(terminal: boolean): string[] {
  const shown: string[] = [];
  let seconds = 0;
  const progress = throttleOutput(
    (line) => shown.push(line),
    terminal,
    () => seconds * 1000,
  );
  for (; seconds < 600; seconds++) {
    if (seconds % 60 === 0) progress(`step ${seconds / 60}`);
    for (let line = 0; line < 10; line++) progress(`compiling ${seconds}.${line}`, "command");
  }
  return shown;
}

describe("the progress of a build", () => {
  it("without a terminal contains each step of the command and a few of the build's thousands of lines", () => {
    const shown = shownOf(false);
    expect(shown.length).toBeLessThanOrEqual(40);
    expect(shown.filter((line) => line.startsWith("step"))).toHaveLength(10);
    expect(shown.filter((line) => line.startsWith("compiling")).length).toBeGreaterThan(15);
  });

  it("on a terminal contains every line of the build", () => {
    expect(shownOf(true)).toHaveLength(6010);
  });
});

/** Runs a failing command with the function that installs use, in a separate process: Jest loads no ES modules. */
function fail(withProgress: boolean): { message: string; shown: string[] } {
  const program = `
    const { thisMachine } = require("./scripts/toolchain/machine.ts");
    const shown = [];
    const progress = ${withProgress} ? (line, from) => shown.push(from + ": " + line) : undefined;
    const script = "for i in $(seq 20); do echo line $i; done; echo broken >&2; exit 3";
    thisMachine.run("sh", ["-c", script], { progress }).catch(({ message }) => {
      console.log(JSON.stringify({ message, shown }));
    });`;
  const cwd = join(__dirname, "../../..");
  const args = ["--require", "./scripts/lib/typescript.cjs", "--eval", program];
  return JSON.parse(execFileSync(process.execPath, args, { cwd, env: process.env, encoding: "utf8" }));
}

test("no command prints every line that a build's programs print", () => {
  const folder = join(projectFolder, "scripts/commands");
  const files = readdirSync(folder).filter((file) =>
    /\(line(: string)?\) => printError/.test(readFileSync(join(folder, file), "utf8")),
  );
  // Its program has no output of commands: it calls AWS.
  expect(files).toEqual(["bake.ts"]);
});

describe("the output of a failed install", () => {
  it("is kept completely in a file that the error names", () => {
    const lines = [...Array.from({ length: 20 }, (_, i) => `line ${i + 1}`), "broken"];
    const { message, shown } = fail(true);
    expect(shown).toEqual(lines.map((line) => `command: ${line}`));
    const [, log = ""] = /broken\n\(all of its output: (.*)\)$/.exec(message) ?? [];
    expect(readFileSync(log, "utf8").trim().split("\n")).toEqual(lines);
  });

  it("is not kept in a log file if the caller receives no progress lines", () => {
    expect(fail(false).message).toMatch(/broken$/);
    expect(readdirSync(cacheFolder())).toEqual([]);
  });

  it("is kept for a week, without passwords in URLs", () => {
    const [old, recent] = ["output-1.log", "output-2.log"].map((name) => join(cacheFolder(), name)) as [string, string];
    for (const log of [old, recent]) writeFileSync(log, "");
    utimesSync(old, 0, Date.now() / 1000 - 8 * 86_400);
    keepOutput("fetching https://user:secret@packages.example.com/simple");
    expect(readFileSync(outputLog(), "utf8")).toBe("fetching https://***@packages.example.com/simple\n");
    expect([existsSync(old), existsSync(recent)]).toEqual([false, true]);
  });
});
