import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listScripts } from "../../../scripts/lint/files";
import { findings } from "../../../scripts/lint/findings";
import { lintersFor } from "../../../scripts/toolchain/linters";
import { projectFolder } from "../../../stacks/env";
import { testMachine } from "../../support/machine";
import { suiteUnless } from "../../support/suite";

// mypy takes seconds on a busy machine.
jest.setTimeout(60_000);

const python = spawnSync("python3", ["--version"], { encoding: "utf8" });
const linters = lintersFor(python.stdout ?? "", testMachine);

suiteUnless(
  existsSync(linters.pythonPath) ? undefined : "npm run lint has not installed the linters",
  "the Python and shell linters",
  () => {
    let folder: string;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), "lint-"));
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    const lint = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return findings([join(folder, name)], linters);
    };

    test.each([
      ["a Python file", "right.py", "def double(value: int) -> int:\n    return 2 * value\n"],
      [
        "a Python file that uses the types of the node's packages",
        "typed.py",
        "import boto3\nimport yaml\n\nprint(boto3.client, yaml.safe_load)\n",
      ],
      ["a shell file with a shebang", "right", '#!/bin/bash\nnames=(a b)\necho "${' + 'names[@]}"\n'],
      ["a shell file without a shebang", "right.sh", "name= other=\necho $name $other\n"],
    ])("lint accepts %s", async (_, name, text) => {
      expect(await lint(name, text)).toEqual([]);
    });

    test.each([
      ["broken Python", "broken.py", "def double(:\n", "invalid-syntax"],
      ["an unused import", "unused.py", "import os\n", "F401"],
      ["a type error", "double.py", 'def double(value: int) -> int:\n    return "2" * value\n', "[return-value]"],
      ["a function without types", "untyped.py", "def double(value):\n    return 2 * value\n", "[no-untyped-def]"],
      ["a broken shell file", "broken.sh", "if true; then echo\n", "error: Couldn't parse this if expression"],
      ["bash syntax in an sh file", "bash.sh", "names=(a b)\n", "SC3030"],
    ])("lint rejects %s", async (_, name, text, words) => {
      expect((await lint(name, text)).join("\n")).toContain(words);
    });
  },
);

test("lint checks every Python and shell file of the project", async () => {
  const files = await listScripts(projectFolder, testMachine);
  const some = [
    "agent/src/__main__.py",
    "agent/puller.py",
    "templates/node/request.sh",
    "templates/node/sanitize.sh",
    "templates/node/send.sh",
    "templates/node/traffic-routing.sh",
    "packages/aws-simulator/images/machine/boot.sh",
    "packages/aws-simulator/images/machine/datasource.py",
    ".ci/run",
  ];
  expect(files).toEqual(expect.arrayContaining([...some, "packages/aws-simulator/network/moto_server.py"]));
  expect(files.filter((file) => !/\.(py|sh)$/.test(file))).toEqual([".ci/run"]);
});
