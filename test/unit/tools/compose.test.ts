import { composeNote } from "../../../scripts/toolchain/compose";
import { fakeMachine } from "./fake-machine";

const noteOf = (version: string | undefined) => composeNote(fakeMachine({ answer: () => version }));

test.each(["2.40.3\n", "v2.26.1-4\n", "5.0.0\n", "10.1.0"])(
  "docker compose version %j supports the rendered compose.yaml",
  async (version) => {
    expect(await noteOf(version)).toBeUndefined();
  },
);

test.each([
  ["docker compose is missing", undefined],
  ["docker compose prints no version", ""],
  ["docker compose is older than version 2", "1.29.2"],
])("composeNote links to docker compose v2 if %s", async (_, version) => {
  expect(await noteOf(version)).toMatch(/^compose\.yaml requires docker compose v2, .*: https:/);
});
