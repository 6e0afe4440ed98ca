import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { defaultRedisPort, elasticachePort, internalPorts, monitoringPorts } from "../../../model/ports/internal";
import { defaultPorts } from "../../../model/ports/table";
import { projectFolder } from "../../../stacks/env";

const ports = new Set<number>([
  // Leaves out 443 and 80, which mean HTTPS and HTTP everywhere.
  ...Object.values(defaultPorts).flatMap(({ name, first, last }) => (name === "https" ? [] : [first, last])),
  ...Object.values(internalPorts),
  ...Object.values(monitoringPorts),
  defaultRedisPort,
  elasticachePort,
]);

const allowed: Readonly<Record<string, string>> = {
  "model/capacity/instances.ts": "bandwidth in Mbps",
  "scripts/smoke/turn-url.ts": "RFC 7065's default ports, for any server",
};

test("no source file except model/ports contains a port number", () => {
  const folders = ["components", "model", "policy", "scripts", "stacks", "templates"];
  const files = folders
    .flatMap((folder) =>
      readdirSync(join(projectFolder, folder), { recursive: true, encoding: "utf8" }).map((path) => join(folder, path)),
    )
    .filter((path) => path.endsWith(".ts") && !path.startsWith("model/ports/"));
  const found = files.filter((path) => !allowed[path]).flatMap((path) => literals(path));
  expect(files).toContain("templates/nginx.ts");
  expect(found).toEqual([]);
  for (const path of Object.keys(allowed)) expect(literals(path)).not.toEqual([]);
});

function literals(path: string): string[] {
  const source = ts.createSourceFile(path, readFileSync(join(projectFolder, path), "utf8"), ts.ScriptTarget.Latest);
  const found: string[] = [];
  const visit = (node: ts.Node) => {
    if (ts.isNumericLiteral(node) && ports.has(Number(node.text))) found.push(`${path}: ${node.text}`);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}
