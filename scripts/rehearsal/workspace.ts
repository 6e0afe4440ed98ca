import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Document, parseDocument } from "yaml";
import { projectFolder, stateFolder } from "../../stacks/env";
import { readStackFile } from "../lib/stack-file";

/**
 * A change that a rehearsal makes to the stack's configuration. It contains no secrets: a rehearsal generates its own.
 */
export interface Override {
  /** Path below `config`. */
  readonly path: readonly (string | number)[];
  /** The new value. Undefined removes the key. */
  readonly value?: unknown;
  readonly why: string;
}

/** The folder of one stack's rehearsal, with its stack file, its state and files for its commands. Ignored by git. */
export class Workspace {
  private constructor(
    readonly folder: string,
    readonly stack: string,
  ) {}

  /** @param parent folder of all rehearsals; @default `.state/rehearsals`, which git ignores */
  static of(stack: string, parent = join(stateFolder, "rehearsals")): Workspace {
    return new Workspace(join(parent, stack), stack);
  }

  get exists(): boolean {
    return existsSync(this.folder);
  }

  /** Reports whether a simulator was ever started for the rehearsal, even if its start failed. */
  get hasSimulator(): boolean {
    return existsSync(this.numberFile);
  }

  /** Number of the rehearsal's simulator. @throws Error if it has none */
  get number(): number {
    return Number(readFileSync(this.numberFile, "utf8"));
  }

  set number(number: number) {
    writeFileSync(this.numberFile, `${number}`);
  }

  /** Id of the simulator, because a later simulator may reuse its number. Undefined if it failed to start. */
  get simulatorId(): string | undefined {
    return existsSync(this.idFile) ? readFileSync(this.idFile, "utf8") : undefined;
  }

  set simulatorId(id: string) {
    writeFileSync(this.idFile, id);
  }

  /** The stack file with the overrides applied. */
  get stackFile(): string {
    return join(this.folder, `Pulumi.${this.stack}.yaml`);
  }

  get passphraseFile(): string {
    return join(this.state, "passphrase");
  }

  /** Folder of the rehearsal's local Pulumi backend. Our commands look for it at this path too. */
  get state(): string {
    return join(this.folder, ".state");
  }

  /** The certificate authority's root certificate. */
  get rootFile(): string {
    return join(this.folder, "root.pem");
  }

  /** Folder of the rehearsal's scripts, for PATH. */
  get bin(): string {
    return join(this.folder, "bin");
  }

  /** Creates the folder with the project file and the passphrase, but without a stack. */
  make(): void {
    for (const folder of [this.state, this.bin]) mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(this.passphraseFile, randomBytes(24).toString("base64url"), { mode: 0o600 });
    this.writeProject();
  }

  /** Writes the stack file with the overrides. Removes its secrets, because they are encrypted with another key. */
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

  /** Writes an executable script to {@link bin}. */
  writeCommand(name: string, text: string): void {
    const file = join(this.bin, name);
    writeFileSync(file, text, { mode: 0o700 });
    chmodSync(file, 0o700);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Writes a project file with paths to the checkout's program and policies: Pulumi runs in the rehearsal's folder. */
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
