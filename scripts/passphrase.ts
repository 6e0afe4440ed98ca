import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { isMap, parseDocument } from "yaml";
import type { Refusal } from "../model/fault";
import { stackFile, stateFolder } from "../stacks/env";
import { readText } from "../stacks/read-file";
import { stateFile } from "./backend";
import { isOnAws } from "./preflight";
import { replaceFile } from "./replace-file";
import { cannot } from "./tools/machine";

/** Made for the first stack, and never again while a stack has something that only this one decrypts. */
const ownFile = join(stateFolder, "passphrase");

/** Where the engine keeps a copy of a stack's file, with the salt of the passphrase. */
export function workFolder(stack: string): string {
  return join(stateFolder, "work", stack);
}

/**
 * Variables that name the passphrase to the engine; none where the user's own do.
 * @throws Refusal where there is none, and the stack has something encrypted
 */
export function passphraseVariables(stack: string): Record<string, string> {
  if (userVariable() !== undefined) return {};
  if (!hasOwn()) makePassphrase(stack);
  return { PULUMI_CONFIG_PASSPHRASE_FILE: ownFile };
}

/** An empty one is what a full disk leaves. */
function hasOwn(): boolean {
  return existsSync(ownFile) && readText(ownFile).trim() !== "";
}

function makePassphrase(stack: string): void {
  if (encryptedFiles(stack).length > 0) throw passphraseFault(stack);
  // The salt of a lost one, with which nothing is encrypted.
  rmSync(workFolder(stack), { recursive: true, force: true });
  mkdirSync(stateFolder, { recursive: true, mode: 0o700 });
  replaceFile(ownFile, randomBytes(24).toString("base64url"));
}

/** As the CLI takes them: the second counts only where it has a value. */
function userVariable(): "PULUMI_CONFIG_PASSPHRASE" | "PULUMI_CONFIG_PASSPHRASE_FILE" | undefined {
  if (process.env["PULUMI_CONFIG_PASSPHRASE"] !== undefined) return "PULUMI_CONFIG_PASSPHRASE";
  return process.env["PULUMI_CONFIG_PASSPHRASE_FILE"] ? "PULUMI_CONFIG_PASSPHRASE_FILE" : undefined;
}

/** Files of a stack on this machine with something that a passphrase encrypts; a salt alone fits one passphrase only, too. */
function encryptedFiles(stack: string): string[] {
  const has = (path: string | undefined, mark: RegExp) =>
    path !== undefined && existsSync(path) && mark.test(readText(path)) ? [path] : [];
  const state = stateFile(stack);
  // PULUMI_DIY_BACKEND_GZIP. It is taken for encrypted: nothing here decompresses it.
  const compressed = state === undefined ? undefined : `${state}.gz`;
  return [...has(stackFile(stack), /^encryptionsalt:/m), ...has(state, /"ciphertext"/), ...has(compressed, /^/)];
}

/** Says which passphrase is wrong or missing, how to give the right one, and what is lost where nobody has it. */
export function passphraseFault(stack: string): Refusal {
  const files = encryptedFiles(stack).join(" and ") || "its state";
  const { key, found, fix } = inForce();
  const rule = `${found ? "is not the passphrase" : "is missing: the passphrase"} that encrypts values of stack ${stack} in ${files}`;
  return cannot(key, rule, `${fix}${forgetting(stack)}`);
}

/** A state elsewhere is not by a passphrase of this folder's making: only its owner knows which it is. */
function inForce(): { readonly key: string; readonly found: boolean; readonly fix: string } {
  const variable = userVariable();
  const own = hasOwn() ? `, or unset ${variable} where ${ownFile} has it` : "";
  const path = process.env["PULUMI_CONFIG_PASSPHRASE_FILE"] ?? "";
  if (variable === "PULUMI_CONFIG_PASSPHRASE") return { key: variable, found: true, fix: `Set it to that one${own}` };
  if (variable) return { key: `${variable} ${path}`, found: existsSync(path), fix: `Put it into that file${own}` };
  if (stateFile("any") === undefined) {
    const fix = "Set it to the one that the stack was made with, or PULUMI_CONFIG_PASSPHRASE_FILE to its file";
    return { key: "PULUMI_CONFIG_PASSPHRASE", found: false, fix };
  }
  const fix = "Put it back from a backup, or set PULUMI_CONFIG_PASSPHRASE to it";
  return { key: ownFile, found: hasOwn(), fix };
}

/** Only a local stack can be made again without its state: on AWS it would be made a second time. */
function forgetting(stack: string): string {
  if (stateFile(stack) === undefined || isOnAws(stack)) return "";
  const lost = ["the record of what runs", ...encryptedKeys(stack)].join(" and ");
  const kept = "data volumes and .env stay";
  return `. Where nobody has it any more, go on without ${lost} (${kept}): npm stop -- --forget-state && npm start`;
}

function encryptedKeys(stack: string): string[] {
  const path = stackFile(stack);
  const config = path && parseDocument(readText(path)).get("config");
  return isMap(config) ? config.items.filter(({ value }) => isSecure(value)).map(({ key }) => String(key)) : [];
}

function isSecure(value: unknown): boolean {
  return isMap(value) && value.has("secure");
}

/** Removes what a passphrase encrypts from a stack's file, and the salt. @returns the removed keys of its configuration */
export function removeEncrypted(stack: string): string[] {
  const path = stackFile(stack);
  if (path === undefined || !encryptedFiles(stack).includes(path)) return [];
  const document = parseDocument(readText(path));
  const keys = encryptedKeys(stack);
  for (const key of keys) document.deleteIn(["config", key]);
  document.delete("encryptionsalt");
  replaceFile(path, document.toString({ lineWidth: 0 }), statSync(path).mode & 0o777);
  return keys;
}
