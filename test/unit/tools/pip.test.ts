import { CommandFailure } from "../../../model/errors/command-failure";

import { pipInstall } from "../../../scripts/toolchain/pip";
import { fakeMachine } from "./fake-machine";

const silent = () => {};
const machineWith = (answer: (line: string) => string | undefined) =>
  fakeMachine({ commands: { python3: "/usr/bin/python3" }, answer });

test("pip installs only packages whose hashes are in the requirements file", async () => {
  const machine = machineWith(() => "");
  await pipInstall("/target", "/requirements.txt", machine, silent);
  expect(machine.ran.at(-1)).toMatch(
    /^\/usr\/bin\/python3 -m pip install --require-hashes --no-deps .*--target \/target --requirement \/requirements\.txt$/,
  );
});

test("pip's rejection of a package with another hash names the requirements file and does not suggest to install pip", async () => {
  // The end of pip's output, as it is printed.
  const output = `
    six==1.17.0 from https://pypi.example/six-1.17.0-py2.py3-none-any.whl (from -r requirements.txt (line 1)):
        Expected sha256 ${"0".repeat(64)}
             Got        ${"4".repeat(64)}
`;
  const machine = machineWith(() => "");
  const run: typeof machine.run = async (command, args) => {
    if (args.includes("install")) throw new CommandFailure(command, output);
    return "";
  };
  await expect(pipInstall("/target", "/requirements.txt", { ...machine, run }, silent)).rejects.toThrow(
    /^\/requirements\.txt: pip rejected a package whose hash is not in this file: .*six==1\.17\.0/s,
  );
});
