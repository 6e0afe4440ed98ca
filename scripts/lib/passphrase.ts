import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { isMap, parseDocument } from "yaml";
import { cannot, type UserError } from "../../model/user-error";
import { stackFile, stateFolder } from "../../stacks/env";
import { readText } from "../../stacks/read-file";
import { replaceFile } from "../../stacks/replace-file";
import { stateFile } from "./backend";
import { isOnAws } from "./load-stack";
import { stateFormats } from "./state-format";

/** File with the generated passphrase. Created for the first stack, and never replaced while it encrypts anything. */
const ownFile = join(stateFolder, "passphrase");

/** Returns the folder where the engine keeps a copy of a stack's file, with the passphrase's salt. */
export function workFolder(stack: string): string {
  return join(stateFolder, "work", stack);
}

/**
 * Returns variables that point the engine to the passphrase; none if the user has set them.
 * @throws UserError if there is no passphrase and the stack has encrypted values
 */
export function passphraseVariables(stack: string): Record<string, string> {
  if (userVariable() !== undefined) return {};
  if (!hasOwn()) makePassphrase(stack);
  return { PULUMI_CONFIG_PASSPHRASE_FILE: ownFile };
}

/** Reports whether our passphrase file has content. A full disk leaves an empty file. */
function hasOwn(): boolean {
  return existsSync(ownFile) && readText(ownFile).trim() !== "";
}

function makePassphrase(stack: string): void {
  if (encryptedFiles(stack).length > 0) throw passphraseError(stack);
  // Removes the salt of a lost passphrase. Nothing is encrypted with that passphrase.
  rmSync(workFolder(stack), { recursive: true, force: true });
  mkdirSync(stateFolder, { recursive: true, mode: 0o700 });
  replaceFile(ownFile, randomBytes(24).toString("base64url"));
}

/**
 * Returns the variable that the user has set. As in the CLI, PULUMI_CONFIG_PASSPHRASE may be empty, but
 * PULUMI_CONFIG_PASSPHRASE_FILE counts only with a value.
 */
function userVariable(): "PULUMI_CONFIG_PASSPHRASE" | "PULUMI_CONFIG_PASSPHRASE_FILE" | undefined {
  if (process.env["PULUMI_CONFIG_PASSPHRASE"] !== undefined) return "PULUMI_CONFIG_PASSPHRASE";
  return process.env["PULUMI_CONFIG_PASSPHRASE_FILE"] ? "PULUMI_CONFIG_PASSPHRASE_FILE" : undefined;
}

/** Lists a stack's local files that depend on the passphrase: they hold encrypted values, or only its salt. */
function encryptedFiles(stack: string): string[] {
  const has = (path: string | undefined, mark: RegExp) =>
    path !== undefined && existsSync(path) && mark.test(readText(path)) ? [path] : [];
  const file = stateFile(stack);
  const [state, ...compressed] = file === undefined ? [] : stateFormats(file);
  // Does not search a compressed state, which may be truncated. Such a state always counts as encrypted.
  const states = [...has(state, /"ciphertext"/), ...compressed.filter(existsSync)];
  return [...has(stackFile(stack), /^encryptionsalt:/m), ...states];
}

/** Describes which passphrase is wrong or missing, how to provide it, and what is lost without it. */
export function passphraseError(stack: string): UserError {
  const files = encryptedFiles(stack).join(" and ") || "its state";
  const { key, found, fix } = inForce();
  const rule = `${found ? "is not the passphrase" : "is missing: the passphrase"} that encrypts values of stack ${stack} in ${files}`;
  return cannot(key, rule, `${fix}${forgetting(stack)}`);
}

/**
 * Describes where the passphrase in use is set, and how to correct it. For a remote state, only the user can set the
 * passphrase.
 */
function inForce(): { readonly key: string; readonly found: boolean; readonly fix: string } {
  const variable = userVariable();
  const orUnset = hasOwn() ? `, or unset ${variable} to use the passphrase in ${ownFile}` : "";
  const path = process.env["PULUMI_CONFIG_PASSPHRASE_FILE"] ?? "";
  if (variable === "PULUMI_CONFIG_PASSPHRASE")
    return { key: variable, found: true, fix: `Set the variable to the stack's passphrase${orUnset}` };
  if (variable)
    return {
      key: `${variable} ${path}`,
      found: existsSync(path),
      fix: `Write the stack's passphrase to this file${orUnset}`,
    };
  if (stateFile("any") === undefined) {
    const fix =
      "Set it to the passphrase of the stack, or set PULUMI_CONFIG_PASSPHRASE_FILE to a file with that passphrase";
    return { key: "PULUMI_CONFIG_PASSPHRASE", found: false, fix };
  }
  const fix = "Restore the file from a backup, or set PULUMI_CONFIG_PASSPHRASE to the passphrase";
  return { key: ownFile, found: hasOwn(), fix };
}

/**
 * Explains how to continue without the passphrase, for local stacks only: on AWS, a stack without its state would be
 * created a second time.
 */
function forgetting(stack: string): string {
  if (stateFile(stack) === undefined || isOnAws(stack)) return "";
  const lost = ["the record of what runs", ...encryptedKeys(stack)].join(" and ");
  const kept = "data volumes and .env stay";
  return `. If the passphrase is lost, continue without ${lost} (${kept}): npm stop -- --forget-state && npm start`;
}

function encryptedKeys(stack: string): string[] {
  const path = stackFile(stack);
  const config = path && parseDocument(readText(path)).get("config");
  return isMap(config) ? config.items.filter(({ value }) => isSecure(value)).map(({ key }) => String(key)) : [];
}

function isSecure(value: unknown): boolean {
  return isMap(value) && value.has("secure");
}

/** Removes encrypted values and the salt from a stack's file. @returns the removed configuration keys */
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
