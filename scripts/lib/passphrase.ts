import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { isMap, parseDocument } from "yaml";
import type { UserError } from "../../model/user-error";
import { stackFile, stateFolder } from "../../stacks/env";
import { readText } from "../../stacks/read-file";
import { replaceFile } from "../../stacks/replace-file";
import { cannot } from "../toolchain/machine";
import { stateFile } from "./backend";
import { isOnAws } from "./load-stack";

/** Made for the first stack, and never replaced while it encrypts something. */
const ownFile = join(stateFolder, "passphrase");

/** Where the engine keeps a copy of a stack's file, with the salt of the passphrase. */
export function workFolder(stack: string): string {
  return join(stateFolder, "work", stack);
}

/**
 * Variables that lead the engine to the passphrase; none if the user has set them.
 * @throws Refusal if there is no passphrase and the stack has something encrypted
 */
export function passphraseVariables(stack: string): Record<string, string> {
  if (userVariable() !== undefined) return {};
  if (!hasOwn()) makePassphrase(stack);
  return { PULUMI_CONFIG_PASSPHRASE_FILE: ownFile };
}

/** A full disk leaves an empty file. */
function hasOwn(): boolean {
  return existsSync(ownFile) && readText(ownFile).trim() !== "";
}

function makePassphrase(stack: string): void {
  if (encryptedFiles(stack).length > 0) throw passphraseError(stack);
  // The salt of a lost passphrase, which encrypts nothing.
  rmSync(workFolder(stack), { recursive: true, force: true });
  mkdirSync(stateFolder, { recursive: true, mode: 0o700 });
  replaceFile(ownFile, randomBytes(24).toString("base64url"));
}

/** As the CLI takes them: the second counts only where it has a value. */
function userVariable(): "PULUMI_CONFIG_PASSPHRASE" | "PULUMI_CONFIG_PASSPHRASE_FILE" | undefined {
  if (process.env["PULUMI_CONFIG_PASSPHRASE"] !== undefined) return "PULUMI_CONFIG_PASSPHRASE";
  return process.env["PULUMI_CONFIG_PASSPHRASE_FILE"] ? "PULUMI_CONFIG_PASSPHRASE_FILE" : undefined;
}

/** Files of a stack on this machine that depend on the passphrase: they have encrypted values, or only its salt. */
function encryptedFiles(stack: string): string[] {
  const has = (path: string | undefined, mark: RegExp) =>
    path !== undefined && existsSync(path) && mark.test(readText(path)) ? [path] : [];
  const state = stateFile(stack);
  // PULUMI_DIY_BACKEND_GZIP. It is taken for encrypted: nothing here decompresses it.
  const compressed = state === undefined ? undefined : `${state}.gz`;
  return [...has(stackFile(stack), /^encryptionsalt:/m), ...has(state, /"ciphertext"/), ...has(compressed, /^/)];
}

/** Describes which passphrase is wrong or missing, how to provide it, and what is lost without it. */
export function passphraseError(stack: string): UserError {
  const files = encryptedFiles(stack).join(" and ") || "its state";
  const { key, found, fix } = inForce();
  const rule = `${found ? "is not the passphrase" : "is missing: the passphrase"} that encrypts values of stack ${stack} in ${files}`;
  return cannot(key, rule, `${fix}${forgetting(stack)}`);
}

/** The passphrase in use. A state on another machine has one that this folder did not make. */
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

/** Only for local stacks: on AWS, a stack without its state would be created a second time. */
function forgetting(stack: string): string {
  if (stateFile(stack) === undefined || isOnAws(stack)) return "";
  const lost = ["the record of what runs", ...encryptedKeys(stack)].join(" and ");
  const kept = "data volumes and .env stay";
  return `. If it is lost, go on without ${lost} (${kept}): npm stop -- --forget-state && npm start`;
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
