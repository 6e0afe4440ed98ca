import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CommandFailure } from "../../../model/errors/command-failure";
import { ensurePlugins, installPlugins, pluginVersion } from "../../../scripts/toolchain/plugins";
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

const archiveOf = (name: "docker" | "command" | "aws") =>
  `pulumi-resource-${name}-v${pluginVersion(name)}-linux-${process.arch === "x64" ? "amd64" : process.arch}.tar.gz`;
const checksumOf = (content: string) => `sha256:${createHash("sha256").update(content).digest("hex")}`;

/** A machine whose curl downloads this content for each archive; GitHub has this checksum for each. */
function withDownloads(content: string, digest: string, env: Record<string, string> = {}) {
  const assets = (["docker", "command", "aws"] as const).map((name) => ({ name: archiveOf(name), digest }));
  return fakeMachine({
    env: { ...pulumiHome(), ...env },
    answer: (line) => {
      const file = / --output (\S+)/.exec(line)?.[1];
      if (file) writeFileSync(file, content);
      return line.includes("api.github.com") ? JSON.stringify({ assets }) : "";
    },
  });
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

  it("are downloaded and installed if their checksums equal the checksums at GitHub", async () => {
    const machine = withDownloads("archive", checksumOf("archive"));
    expect(await ensurePlugins(cli, machine, silent, fallbackProviders().get, reachable)).toBeUndefined();
    const steps = ["docker", "command"] as const;
    expect(machine.ran).toEqual(
      steps.flatMap((name) => {
        const version = pluginVersion(name);
        const archive = archiveOf(name);
        return [
          expect.stringMatching(
            `^curl .* https://api.github.com/repos/pulumi/pulumi-${name}/releases/tags/v${version}$`,
          ),
          expect.stringMatching(`^curl .* https://get.pulumi.com/releases/plugins/${archive}$`),
          expect.stringMatching(`^${cli.command} plugin install resource ${name} ${version} --file \\S+/${archive}$`),
        ];
      }),
    );
    expect(readdirSync(join(process.env["XDG_CACHE_HOME"] ?? "", "livekit-stack"))).toEqual([]);
  });

  it("with another checksum are rejected and not installed", async () => {
    const machine = withDownloads("replaced archive", checksumOf("archive"));
    await expect(ensurePlugins(cli, machine, silent, fallbackProviders().get, reachable)).rejects.toThrow(
      `${archiveOf("docker")}: the download has the checksum ${checksumOf("replaced archive")}, but must have ${checksumOf("archive")}`,
    );
    await expect(ensurePlugins(cli, machine, silent, fallbackProviders().get, reachable)).rejects.toThrow(
      "or put your own pulumi-resource-docker and pulumi-resource-command on PATH",
    );
    expect(machine.ran.filter((line) => line.startsWith(cli.command))).toEqual([]);
  });

  it("are downloaded with a GitHub token in curl's input, not in its arguments", async () => {
    const machine = withDownloads("archive", checksumOf("archive"), { GITHUB_TOKEN: "secret-token" });
    const inputs: (string | undefined)[] = [];
    const run: typeof machine.run = (command, args, options) => {
      inputs.push(options?.input);
      return machine.run(command, args, options);
    };
    await installPlugins(["aws"], cli, { ...machine, run }, silent);
    expect(inputs).toEqual(["Authorization: Bearer secret-token", undefined, undefined]);
    expect(machine.ran.join("\n")).not.toContain("secret-token");
  });

  it.each([401, 403])("are downloaded without the GitHub token if GitHub answers it with %i", async (status) => {
    const machine = withDownloads("archive", checksumOf("archive"), { GITHUB_TOKEN: "secret-token" });
    const run: typeof machine.run = async (command, args, options) => {
      const answer = await machine.run(command, args, options);
      if (!options?.input) return answer;
      throw new CommandFailure("curl", `curl: (22) The requested URL returned error: ${status}`);
    };
    await installPlugins(["aws"], cli, { ...machine, run }, silent);
    expect(machine.ran.filter((line) => line.includes("api.github.com"))).toHaveLength(2);
    expect(machine.ran.at(-1)).toMatch(/ plugin install resource aws /);
  });

  it("are replaced by fallback providers, which are built once, if the download site is unreachable", async () => {
    const machine = fakeMachine({ env: pulumiHome() });
    const ours = fallbackProviders();
    const folder = await ensurePlugins(cli, machine, silent, ours.get, unreachable);
    const probe = jest.fn(unreachable);
    expect(await ensurePlugins(cli, machine, silent, ours.get, probe)).toBe(folder);
    expect(ours.build).toHaveBeenCalledTimes(1);
    expect(probe).not.toHaveBeenCalled();
  });

  it.each(["api.github.com", "get.pulumi.com"])(
    "are replaced by fallback providers, which are built once, only as long as the download from %s fails",
    async (site) => {
      const working = withDownloads("archive", checksumOf("archive"));
      const run: typeof working.run = async (command, args, options) => {
        const answer = await working.run(command, args, options);
        if (!args.at(-1)?.includes(site)) return answer;
        throw new CommandFailure("curl", "curl: (22) The requested URL returned error: 403");
      };
      const ours = fallbackProviders();
      const failing = { ...working, run };
      const folder = await ensurePlugins(cli, failing, silent, ours.get, reachable);
      expect(folder).toMatch(/temporary-plugins-/);
      expect(await ensurePlugins(cli, failing, silent, ours.get, reachable)).toBe(folder);
      expect(ours.build).toHaveBeenCalledTimes(1);
      expect(await ensurePlugins(cli, working, silent, ours.get, reachable)).toBeUndefined();
    },
  );

  it.each([
    ["the page of a proxy", "<html>Sign in</html>"],
    ["no archive for this machine", '{"assets": []}'],
    ["an archive without a checksum", JSON.stringify({ assets: [{ name: archiveOf("docker"), digest: null }] })],
    ["an error", '{"message": "Not Found"}'],
  ])("are not installed if GitHub's answer is %s, and the error is one that commands describe", async (_, answer) => {
    const machine = fakeMachine({ env: pulumiHome(), answer: () => answer });
    const failure = await installPlugins(["docker"], cli, machine, silent).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(CommandFailure);
    expect(failure).toMatchObject({ message: expect.stringMatching(/no SHA-256 of pulumi-resource-docker/) });
  });
});
