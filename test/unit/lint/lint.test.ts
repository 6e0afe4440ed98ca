import { lintPythonAndShell } from "../../../scripts/lint/lint";
import { ensureLinters } from "../../../scripts/toolchain/linters";
import { type FakeOptions, fakeMachine, useEmptyCache } from "../tools/fake-machine";

useEmptyCache();

const silent = () => {};
const python3 = { python3: "/usr/bin/python3" };
const fails = (command: string) => (line: string) => (line.includes(command) ? undefined : "Python 3.13.5");

const obstacles: [string, FakeOptions][] = [
  ["no Python", {}],
  ["no pip", { commands: python3, answer: fails("pip --version") }],
  ["PyPI out of reach", { commands: python3, answer: fails("pip install") }],
];

test.each(obstacles)(
  "with %s, lint passes, installs no system package and reports what it did not check",
  async (_, options) => {
    const machine = fakeMachine(options);
    const lines: string[] = [];
    expect(await lintPythonAndShell(machine, (line) => lines.push(line))).toEqual([]);
    expect(lines.at(-1)).toMatch(
      /^Python and shell files were not checked: .* Install git and Python .* npm run lint$/s,
    );
    expect(machine.ran.filter((line) => line.includes("apt-get"))).toEqual([]);
  },
);

test.each(obstacles)("with %s, lint fails in CI", async (_, options) => {
  const machine = fakeMachine({ ...options, root: false, env: { CI: "true" } });
  await expect(lintPythonAndShell(machine, silent)).rejects.toThrow(
    /^Python and shell files: these files can't be checked/,
  );
});

test("the linters are installed once for each version of Python", async () => {
  const run = async (version: string) => {
    const machine = fakeMachine({ commands: python3, answer: () => version });
    const { pythonPath } = await ensureLinters(machine, silent);
    return { pythonPath, installs: machine.ran.filter((line) => line.includes("pip install")).length };
  };
  const first = await run("Python 3.12.3");
  expect(first.installs).toBe(1);
  expect(await run("Python 3.12.4")).toEqual({ ...first, installs: 0 });
  const other = await run("Python 3.13.5");
  expect(other.installs).toBe(1);
  expect(other.pythonPath).not.toBe(first.pythonPath);
});
