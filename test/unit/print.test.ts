import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { print, printColored, printError, printJson } from "../../scripts/lib/print";
import { paint } from "../../scripts/lib/terminal";
import { throttleOutput } from "../../scripts/toolchain/output";
import { projectFolder } from "../../stacks/env";
import { executedParts, harmlessText, hostileText, workflowCommands } from "../support/remote-text";

const remote = [hostileText, ...workflowCommands].join("\n");

/** Returns what the work prints to standard output and standard error. */
function printed(work: () => void): string {
  const spies = [jest.spyOn(console, "log"), jest.spyOn(console, "error")];
  for (const spy of spies) spy.mockImplementation();
  work();
  const lines = spies.flatMap((spy) => spy.mock.calls.map(([line]) => `${line}\n`));
  for (const spy of spies) spy.mockRestore();
  return lines.join("");
}

test.each([
  ["print", print],
  ["printError", printError],
  ["printJson", printJson],
  ["printColored", printColored],
])("%s prints nothing that a terminal or GitHub's runner executes", (_, print) => {
  const output = printed(() => print(remote.replace("\u001b[31m", "")));
  expect(output).not.toBe("");
  expect(executedParts(output)).toEqual([]);
});

test("printColored keeps only the sequences that paint creates", () => {
  const text = `${paint("passed", "green")} ${hostileText.replace("\u001b[31m", "")}`;
  expect(printed(() => printColored(text))).toBe(`\u001b[32mpassed\u001b[39m ${harmlessText}\n`);
});

test.each([true, false])(
  "progress has nothing that a terminal or GitHub's runner executes (terminal: %j)",
  (terminal) => {
    const shown: string[] = [];
    throttleOutput((line) => shown.push(line), terminal)(remote);
    expect(shown).toEqual([expect.stringContaining(harmlessText)]);
    expect(executedParts(shown.join())).toEqual([]);
  },
);

test.each([
  "new Error(text)",
  "new (require('./model/user-error.ts').UserError)([{ key: text, rule: text, fix: text }])",
])("a command that throws %s prints nothing that a terminal or GitHub's runner executes", (error) => {
  const program = `
      const text = ${JSON.stringify(remote)};
      require("./scripts/lib/cli.ts").runMain(() => Promise.reject(${error}));`;
  const args = ["--require", "./scripts/lib/typescript.cjs", "--eval", program];
  const { stderr, status } = spawnSync(process.execPath, args, { cwd: projectFolder, encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining(harmlessText) });
  expect(executedParts(stderr)).toEqual([]);
});

/** Ways around `scripts/lib/print.ts`: to the console, to a standard stream, or to one that a child process inherits. */
const otherOutput = /\bconsole\.|process\.(?:stdout|stderr)\.write\b|"inherit"/;

/** Programs that the user starts through our command, with the terminal as theirs. */
const inherits = [
  "scripts/commands/pulumi.ts", // Pulumi's own CLI, which asks questions.
  "scripts/commands/nodes.ts", // The request script, which sanitizes what it prints.
];

test("commands print only with scripts/lib/print.ts", () => {
  const files = readdirSync(join(projectFolder, "scripts"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => `scripts/${file}`);
  const found = files.filter((file) => otherOutput.test(readFileSync(join(projectFolder, file), "utf8")));
  expect(files.length).toBeGreaterThan(100);
  expect(found.toSorted()).toEqual(["scripts/lib/print.ts", ...inherits].toSorted());
});
