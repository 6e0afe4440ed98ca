import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { NodeSources } from "../templates/node/sources";
import { projectFolder } from "./env";

/** Parts of the script that sends requests to nodes, in order. */
const requestParts = ["sanitize.sh", "traffic-routing.sh", "send.sh", "request.sh"];

/** Reads from the checkout the source text of the agent, the puller and the script that sends requests to nodes. */
export function readNodeSources(): NodeSources {
  const names = readdirSync(join(projectFolder, "agent", "src")).filter((name) => name.endsWith(".py"));
  return {
    agent: Object.fromEntries(names.sort().map((name) => [name, read("agent", "src", name)])),
    puller: read("agent", "puller.py"),
    requestScript: requestParts.map((name) => read("templates", "node", name)).join("\n"),
  };
}

function read(...path: readonly string[]): string {
  return readFileSync(join(projectFolder, ...path), "utf8");
}
