// Runs one of our commands: `node scripts/run.mjs <command> [arguments]`. Plain JavaScript without imports of packages,
// since on a fresh clone this is what installs them.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const project = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(project, "node_modules", ".livekit-stack-lock");

function requireNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(`Node ${process.versions.node} is too old: this needs 20.19 or newer. See https://nodejs.org`);
  process.exit(1);
}

/** `npm ci` where the installed packages are not those of the lock file. */
function installPackages() {
  const wanted = createHash("sha256")
    .update(readFileSync(join(project, "package-lock.json")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  console.error("Installing npm packages (npm ci) ...");
  const { status } = spawnSync("npm", ["ci", "--no-fund", "--no-audit"], {
    cwd: project,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (status !== 0) {
    console.error("npm ci failed, see above. Try it by itself: npm ci");
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
}

requireNode();
installPackages();
const [command, ...args] = process.argv.slice(2);
const { status, signal } = spawnSync(
  process.execPath,
  [
    "--disable-warning=ExperimentalWarning",
    "--require",
    "sucrase/register",
    join(project, "scripts", `${command}.ts`),
    ...args,
  ],
  { cwd: project, stdio: "inherit" },
);
process.exitCode = status ?? (signal ? 1 : 0);
