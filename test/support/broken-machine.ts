import { type ChildProcess, execFile } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { Answer } from "./answer";
import { project } from "./documents";
import { environmentWithoutPulumi, nodeArguments } from "./own-command";

const root = process.getuid?.() === 0;

/** Root can read and write every file. Without these capabilities it has only an owner's rights. */
const asOwner = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"];

const secretLines = ["LIVEKIT_API_SECRET", "TURN_SECRET", "REDIS_PASSWORD"].map(
  (name, i) => `${name}=planted-${String(i).repeat(32)}\n`,
);

/** A user's machine with a stack, a Pulumi CLI that only prints its version, and no Docker engine. */
export class BrokenMachine {
  readonly folder = mkdtempSync(join(tmpdir(), "livekit-stack-broken-"));
  readonly home = join(this.folder, "home");
  readonly stack = join(this.folder, "it's a stack");
  readonly cache = join(this.folder, "cache");
  readonly temporary = join(this.folder, "tmp");
  env: NodeJS.ProcessEnv;
  private child: ChildProcess | undefined;

  constructor() {
    for (const name of ["home/.docker", "home/.pulumi", "bin"]) mkdirSync(join(this.folder, name), { recursive: true });
    for (const folder of [this.stack, this.cache, this.temporary]) mkdirSync(folder);
    cpSync(join(project, "Pulumi.dev.yaml"), this.path("Pulumi.dev.yaml"));
    writeFileSync(this.path(".env"), `LIVEKIT_API_KEY=APIplanted\n${secretLines.join("")}`);
    const pulumi = join(this.folder, "bin/pulumi");
    const lines = [
      "#!/bin/sh",
      '[ "$1" = version ] && echo v3.259.0 && exit',
      "echo error: no stack here >&2",
      "exit 255",
    ];
    writeFileSync(pulumi, `${lines.join("\n")}\n`);
    chmodSync(pulumi, 0o755);
    const { DOCKER_CONTEXT: _context, DOCKER_CONFIG: _config, ...inherited } = environmentWithoutPulumi();
    this.env = {
      ...inherited,
      HOME: this.home,
      LIVEKIT_STACK_HOME: this.stack,
      XDG_CACHE_HOME: this.cache,
      TMPDIR: this.temporary,
      PATH: `${join(this.folder, "bin")}${delimiter}${process.env["PATH"]}`,
      DOCKER_HOST: `unix://${this.folder}/docker.sock`,
    };
  }

  /** Returns a path in the stack's folder. */
  path(name: string): string {
    return join(this.stack, name);
  }

  /** Runs one of our commands, after a shell line if one is given. */
  run(command: string, before = ":"): Promise<Answer> {
    const line = [...(root ? asOwner : []), process.execPath, ...nodeArguments(command)]
      .map((word) => `'${word}'`)
      .join(" ");
    const script = `cd '${project}' && { ${before.replaceAll("sudo ", "")}; } && exec ${line}`;
    return new Promise((resolve) => {
      this.child = execFile("sh", ["-c", script], { env: this.env }, (error, stdout, stderr) =>
        resolve({ exitCode: error ? Number(error.code ?? 1) : 0, stdout, all: `${stderr}${stdout}` }),
      );
    });
  }

  /**
   * Removes the folder. Kills the command first: if it still ran after a timeout, it would build a Pulumi CLI to
   * replace the deleted one.
   */
  remove(): void {
    this.child?.kill("SIGKILL");
    const everything = [this.folder, this.stack, this.cache, this.temporary, this.path(".state"), this.home];
    for (const folder of everything.filter((each) => existsSync(each))) chmodSync(folder, 0o700);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
