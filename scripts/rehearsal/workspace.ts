import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Document, parseDocument } from "yaml";
import { projectFolder, stateFolder } from "../../stacks/env";
import { readStackFile } from "../lib/stack-file";

/** What a rehearsal changes in the stack's configuration, and why; its secrets are its own as well. */
export interface Override {
  /** Path below `config`. */
  readonly path: readonly (string | number)[];
  /** Undefined removes it. */
  readonly value?: unknown;
  readonly why: string;
}

/** The folder of one stack's rehearsal: its stack file, its state and what its commands need. Ignored by git. */
export class Workspace {
  private constructor(
    readonly folder: string,
    readonly stack: string,
  ) {}

  /** @param parent where rehearsals are kept; @default the checkout's ignored `.state` */
  static of(stack: string, parent = join(stateFolder, "rehearsals")): Workspace {
    return new Workspace(join(parent, stack), stack);
  }

  get exists(): boolean {
    return existsSync(this.folder);
  }

  /** Whether a simulator was begun for it. */
  get hasSimulator(): boolean {
    return existsSync(this.numberFile);
  }

  /** Number of the simulator that the rehearsal stands on. @throws where it has none */
  get number(): number {
    return Number(readFileSync(this.numberFile, "utf8"));
  }

  set number(number: number) {
    writeFileSync(this.numberFile, `${number}`);
  }

  /** Identifies the simulator: a later one may have its number. Undefined if its start failed. */
  get simulatorId(): string | undefined {
    return existsSync(this.idFile) ? readFileSync(this.idFile, "utf8") : undefined;
  }

  set simulatorId(id: string) {
    writeFileSync(this.idFile, id);
  }

  /** The stack's file with the overrides. */
  get stackFile(): string {
    return join(this.folder, `Pulumi.${this.stack}.yaml`);
  }

  get passphraseFile(): string {
    return join(this.state, "passphrase");
  }

  /** Folder of the embedded backend, where our commands look for it as well. */
  get state(): string {
    return join(this.folder, ".state");
  }

  /** The certificate authority's root. */
  get rootFile(): string {
    return join(this.folder, "root.pem");
  }

  /** Folder of commands for a shell. */
  get bin(): string {
    return join(this.folder, "bin");
  }

  /** Makes the folder: the project, the passphrase of its state, and nothing yet of the stack. */
  make(): void {
    for (const folder of [this.state, this.bin]) mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(this.passphraseFile, randomBytes(24).toString("base64url"), { mode: 0o600 });
    this.writeProject();
  }

  /** The stack's own file with the overrides, and without the secrets that another key has encrypted. */
  writeStackFile(overrides: readonly Override[]): void {
    const { document } = readStackFile(this.stack);
    for (const member of ["encryptionsalt", "encryptedkey", "secretsprovider"]) document.delete(member);
    removeEncrypted(document);
    for (const { path, value } of overrides) {
      if (value === undefined) document.deleteIn(["config", ...path]);
      else document.setIn(["config", ...path], document.createNode(value));
    }
    writeFileSync(this.stackFile, document.toString());
  }

  /** A command for a shell, to be sourced or run. */
  writeCommand(name: string, text: string): void {
    const file = join(this.bin, name);
    writeFileSync(file, text, { mode: 0o700 });
    chmodSync(file, 0o700);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The project as it is, with its program and its policies where those are: Pulumi runs in this folder. */
  private writeProject(): void {
    const project = parseDocument(readFileSync(join(projectFolder, "Pulumi.yaml"), "utf8"));
    project.set("main", projectFolder);
    writeFileSync(join(this.folder, "Pulumi.yaml"), project.toString());
    symlinkSync(join(projectFolder, "policy"), join(this.folder, "policy"));
  }

  private get numberFile(): string {
    return join(this.folder, "simulator");
  }

  private get idFile(): string {
    return join(this.folder, "simulator-id");
  }
}

function removeEncrypted(document: Document): void {
  const { config = {} } = (document.toJS() ?? {}) as { readonly config?: Record<string, unknown> };
  const encrypted = Object.entries(config).filter(
    ([, value]) => value !== null && typeof value === "object" && "secure" in value,
  );
  for (const [key] of encrypted) document.deleteIn(["config", key]);
}
