import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const project = join(__dirname, "../..");
const { scripts } = JSON.parse(readFileSync(join(project, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};
const readme = readFileSync(join(project, "README.md"), "utf8");

test("every npm script that runs a command has its program", () => {
  const programs = Object.values(scripts).flatMap((script) => /^node scripts\/run\.mjs (\S+)$/.exec(script)?.[1] ?? []);
  expect(programs.length).toBeGreaterThan(5);
  for (const program of programs) expect(existsSync(join(project, "scripts", `${program}.ts`))).toBe(true);
});

test("the README names only npm scripts that exist", () => {
  const named = [...readme.matchAll(/npm run ([\w-]+)/g)].map(([, name]) => name as string);
  expect(named.length).toBeGreaterThan(3);
  for (const name of named) expect(Object.keys(scripts)).toContain(name);
});
