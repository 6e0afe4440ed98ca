import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { keyNames } from "../../model/settings/schema";

const project = join(__dirname, "../..");
const { scripts } = JSON.parse(readFileSync(join(project, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};
const documents = ["README.md", ...readdirSync(join(project, "docs")).map((name) => `docs/${name}`)];
const texts = documents.map((name) => [name, readFileSync(join(project, name), "utf8")] as const);

/** `npm run X -- --flag value`, wherever it stands: the script and its flags. */
function commandsOf(text: string): { script: string; flags: string[] }[] {
  return [...text.matchAll(/npm run ([\w-]+)( -- [^`|#\n;]*)?/g)].map(([, script = "", rest = ""]) => ({
    script,
    flags: [...rest.matchAll(/(?<= )--[\w-]+/g)].map(([flag]) => flag),
  }));
}

test("every npm script that runs a command has its program", () => {
  const programs = Object.values(scripts).flatMap((script) => /^node scripts\/run\.mjs (\S+)$/.exec(script)?.[1] ?? []);
  expect(programs.length).toBeGreaterThan(5);
  for (const program of programs) expect(existsSync(join(project, "scripts", `${program}.ts`))).toBe(true);
});

test.each(texts)("%s names only scripts that exist, and flags that they have", (_, text) => {
  const named = commandsOf(text);
  expect(named.length).toBeGreaterThan(3);
  const helps = new Map<string, string>();
  for (const { script, flags } of named) {
    expect(Object.keys(scripts)).toContain(script);
    // Pulumi's own flags are Pulumi's own help to tell.
    if (flags.length === 0 || script === "pulumi") continue;
    if (!helps.has(script)) helps.set(script, helpOf(script));
    for (const flag of flags) expect(`${script}: ${helps.get(script)}`).toContain(flag);
  }
});

test.each(texts)("%s sets only keys that exist", (_, text) => {
  const keys = [...text.matchAll(/config (?:set|rm) [^\n`]*?livekit:(\w+)/g)].map(([, key]) => key as string);
  expect(keys.length).toBeGreaterThan(0);
  for (const key of keys) expect(keyNames).toContain(key);
});

function helpOf(script: string): string {
  const { stdout } = spawnSync("node", ["scripts/run.mjs", script, "--help"], { cwd: project, encoding: "utf8" });
  return stdout;
}
