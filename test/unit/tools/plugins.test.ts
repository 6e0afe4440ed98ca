import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensurePlugins, pluginVersion } from "../../../scripts/toolchain/plugins";
import type { PulumiCli } from "../../../scripts/toolchain/pulumi";
import { emptyFolder, fakeMachine, useEmptyCache } from "./fake-machine";

useEmptyCache();

// Every test provides its own fallback providers.
jest.mock("../../../scripts/toolchain/build-plugins", () => ({}), { virtual: true });

const cli: PulumiCli = { command: "/tools/bin/pulumi", version: "3.259.0", source: "build" };
const silent = () => {};
const reachable = async () => true;
const unreachable = async () => false;
const fallbackProviders = (build = jest.fn(async (folder: string) => writeFileSync(join(folder, "plugin"), ""))) => ({
  build,
  get: () => ({ inputs: { "docker.ts": "source" }, build }),
});

function pulumiHome(...folders: string[]): Record<string, string> {
  const home = emptyFolder();
  for (const folder of folders) mkdirSync(join(home, "plugins", folder), { recursive: true });
  return { PULUMI_HOME: home };
}

const official = () => [`resource-docker-v${pluginVersion("docker")}`, `resource-command-v${pluginVersion("command")}`];

describe("provider plugins", () => {
  it("on PATH are used", async () => {
    const commands = { "pulumi-resource-docker": "/x", "pulumi-resource-command": "/y" };
    const machine = fakeMachine({ commands, env: pulumiHome() });
    expect(await ensurePlugins(cli, machine, silent, fallbackProviders().get, unreachable)).toBeUndefined();
    expect(machine.ran).toEqual([]);
  });

  it("do not count as official if PATH leads to cached fallback providers, as in a pulumi-env shell", async () => {
    const folder = await ensurePlugins(
      cli,
      fakeMachine({ env: pulumiHome() }),
      silent,
      fallbackProviders().get,
      unreachable,
    );
    const built = (name: string) => `${folder}/pulumi-resource-${name}`;
    const commands = { "pulumi-resource-docker": built("docker"), "pulumi-resource-command": built("command") };
    const machine = fakeMachine({ commands, env: pulumiHome() });
    expect(await ensurePlugins(cli, machine, silent, fallbackProviders().get, unreachable)).toBe(folder);
  });

  it("in the engine's plugin folder are used if their versions equal the versions of the npm packages", async () => {
    const machine = fakeMachine({ env: pulumiHome(...official()) });
    expect(await ensurePlugins(cli, machine, silent, fallbackProviders().get, unreachable)).toBeUndefined();
    expect(machine.ran).toEqual([]);
  });

  it("that are partly downloaded are not used", async () => {
    const env = pulumiHome(...official());
    writeFileSync(join(env["PULUMI_HOME"] ?? "", "plugins", `${official()[0]}.partial`), "");
    expect(await ensurePlugins(cli, fakeMachine({ env }), silent, fallbackProviders().get, unreachable)).toMatch(
      /plugins-/,
    );
  });

  it("are downloaded by the engine if the download is reachable", async () => {
    const machine = fakeMachine({ env: pulumiHome() });
    expect(await ensurePlugins(cli, machine, silent, fallbackProviders().get, reachable)).toBeUndefined();
    expect(machine.ran).toEqual([
      `${cli.command} plugin install resource docker ${pluginVersion("docker")}`,
      `${cli.command} plugin install resource command ${pluginVersion("command")}`,
    ]);
  });

  it.each([
    ["is unreachable", unreachable],
    ["fails", reachable],
  ])("are replaced by fallback providers, which are built once, if the download %s", async (_, reach) => {
    const machine = fakeMachine({ env: pulumiHome(), answer: () => undefined });
    const ours = fallbackProviders();
    const folder = await ensurePlugins(cli, machine, silent, ours.get, reach);
    const probe = jest.fn(reach);
    expect(await ensurePlugins(cli, machine, silent, ours.get, probe)).toBe(folder);
    expect(ours.build).toHaveBeenCalledTimes(1);
    expect(probe).not.toHaveBeenCalled();
  });
});
