import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { projectName, stateFolder } from "../stacks/env";
import { moveAway, readJsonObject } from "./json-file";

/** The user's own backend where there is one (variable, then `pulumi login`), else the embedded one. */
export function backendVariables(): Record<string, string> {
  if (process.env["PULUMI_BACKEND_URL"] || isLoggedIn()) return {};
  mkdirSync(stateFolder, { recursive: true, mode: 0o700 });
  return { PULUMI_BACKEND_URL: pathToFileURL(stateFolder).href };
}

/** The folder that holds the state, undefined where it is not on this machine. */
function backendFolder(): string | undefined {
  const url = process.env["PULUMI_BACKEND_URL"];
  if (url) return url.startsWith("file:///") ? fileURLToPath(url) : undefined;
  return isLoggedIn() ? undefined : stateFolder;
}

/** Where the backend keeps a stack's state, once it has been up; undefined where that is not a plain file on this machine. */
export function stateFile(stack: string): string | undefined {
  const folder = backendFolder();
  return folder && join(folder, ".pulumi", "stacks", projectName, `${stack}.json`);
}

function isLoggedIn(): boolean {
  const file = join(process.env["PULUMI_HOME"] || join(homedir(), ".pulumi"), "credentials.json");
  if (!existsSync(file)) return false;
  const fix = `Correct it, or move it away (and log in again with pulumi login, if you were): ${moveAway(file)}`;
  return Boolean(readJsonObject(file, fix)["current"]);
}
