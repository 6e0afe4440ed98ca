import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { projectName, stateFolder } from "../../stacks/env";
import { moveAway } from "../../stacks/move-away";
import { readJsonObject } from "./json-file";
import { stateFormats } from "./state-format";

/** Returns the variable that selects the embedded backend; empty if the user set a backend (variable or login). */
export function backendVariables(): Record<string, string> {
  if (process.env["PULUMI_BACKEND_URL"] || currentLogin()) return {};
  mkdirSync(stateFolder, { recursive: true, mode: 0o700 });
  return { PULUMI_BACKEND_URL: pathToFileURL(stateFolder).href };
}

/** Returns the folder that holds the state; undefined if the state is not on this machine. */
export function backendFolder(): string | undefined {
  const url = process.env["PULUMI_BACKEND_URL"] || currentLogin();
  if (!url) return stateFolder;
  if (!url.startsWith("file://")) return undefined;
  // Parses the URL like Pulumi (pkg/backend/diy/backend.go): options follow a question mark, ~ is the home folder.
  const [address = ""] = url.split("?");
  const path = address.startsWith("file:///") ? fileURLToPath(address) : address.slice("file://".length);
  return resolve(/^~(\/|$)/.test(path) ? join(homedir(), path.slice(1)) : path);
}

/** Returns the path of a stack's state file, which may not exist yet; undefined if it is not a plain local file. */
export function stateFile(stack: string): string | undefined {
  const folder = backendFolder();
  if (folder === undefined) return undefined;
  const stacks = join(folder, ".pulumi", "stacks");
  // A backend from before Pulumi 3.61 has no folder per project.
  const isUnscoped = stateFormats(join(stacks, `${stack}.json`)).some(existsSync);
  return isUnscoped ? undefined : join(stacks, projectName, `${stack}.json`);
}

/** Returns the backend URL that `pulumi login` has stored. */
function currentLogin(): string | undefined {
  const file = join(process.env["PULUMI_HOME"] || join(homedir(), ".pulumi"), "credentials.json");
  if (!existsSync(file)) return undefined;
  const fix = `Correct it, or move it away (and run pulumi login again, if you were logged in): ${moveAway(file)}`;
  const { current } = readJsonObject(file, fix);
  return typeof current === "string" && current !== "" ? current : undefined;
}
