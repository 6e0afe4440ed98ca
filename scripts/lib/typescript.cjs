// Lets Node load TypeScript: `node --require ./scripts/lib/typescript.cjs file.ts`. Sucrase strips the types and keeps
// line numbers. The output is cached by the file's content, so the next run does not load Sucrase at all.
const { createHash } = require("node:crypto");
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { addHook } = require("pirates");

require("./late-modules.cjs");

const folder = join(__dirname, "../../node_modules/.cache/typescript");
const { version } = require("sucrase/package.json");

addHook(
  (source) => {
    const file = join(folder, `${createHash("sha256").update(version).update(source).digest("hex")}.js`);
    return read(file) ?? keep(file, strip(source));
  },
  { exts: [".ts"], ignoreNodeModules: true },
);

function strip(source) {
  return require("sucrase").transform(source, { transforms: ["typescript", "imports"] }).code;
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/** Caches code. Renames a finished file, so that no process reads half of it. Does nothing in a read-only folder. */
function keep(file, code) {
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${file}.${process.pid}`, code);
    renameSync(`${file}.${process.pid}`, file);
  } catch {}
  return code;
}
