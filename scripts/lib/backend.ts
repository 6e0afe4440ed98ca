import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { projectName, stateFolder } from "../../stacks/env";
import { moveAway, readJsonObject } from "./json-file";

/** The user's own backend where there is one (variable, then `pulumi login`), else the embedded one. */
export function backendVariables(): Record<string, string> {
  if (process.env["PULUMI_BACKEND_URL"] || currentLogin()) return {};
  mkdirSync(stateFolder, { recursive: true, mode: 0o700 });
  return { PULUMI_BACKEND_URL: pathToFileURL(stateFolder).href };
}

/** The folder that holds the state, undefined where it is not on this machine. */
export function backendFolder(): string | undefined {
  const url = process.env["PULUMI_BACKEND_URL"] || currentLogin();
  if (!url) return stateFolder;
  if (!url.startsWith("file://")) return undefined;
  // As Pulumi reads it (pkg/backend/diy/backend.go): options follow a question mark, ~ is the home folder.
  const [address = ""] = url.split("?");
  const path = address.startsWith("file:///") ? fileURLToPath(address) : address.slice("file://".length);
  return resolve(/^~(\/|$)/.test(path) ? join(homedir(), path.slice(1)) : path);
}

/** Where the backend keeps a stack's state, once it has been up; undefined where that is not a plain file on this machine. */
export function stateFile(stack: string): string | undefined {
  const folder = backendFolder();
  if (folder === undefined) return undefined;
  const stacks = join(folder, ".pulumi", "stacks");
  // A backend from before Pulumi 3.61 has no folder for each project.
  const isUnscoped = [".json", ".json.gz"].some((ending) => existsSync(join(stacks, `${stack}${ending}`)));
  return isUnscoped ? undefined : join(stacks, projectName, `${stack}.json`);
}

/** The backend of `pulumi login`. */
function currentLogin(): string | undefined {
  const file = join(process.env["PULUMI_HOME"] || join(homedir(), ".pulumi"), "credentials.json");
  if (!existsSync(file)) return undefined;
  const fix = `Correct it, or move it away (and log in again with pulumi login, if you were): ${moveAway(file)}`;
  const { current } = readJsonObject(file, fix);
  return typeof current === "string" && current !== "" ? current : undefined;
}
