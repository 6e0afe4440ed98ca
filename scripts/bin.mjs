// Runs a command of this project: `node scripts/bin.mjs <command> [arguments]`. Plain JavaScript that imports no
// packages: on a fresh clone, this file installs them.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const project = dirname(dirname(fileURLToPath(import.meta.url)));
/** Install lock: names the process that installs. Outside node_modules, which `npm ci` removes. */
const turn = join(project, ".installing");
const lockFile = join(project, "package-lock.json");
/** Names the process that removes a stale install lock. */
const clearing = `${turn}.clearing`;

function requireNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(
    `Node ${process.versions.node} is too old: version 20.19 or newer is required. Install it: https://nodejs.org`,
  );
  process.exit(1);
}

/** Runs `npm ci` if the installed packages differ from package-lock.json. */
function installPackages() {
  if (areInstalled()) return;
  takeTurn();
  const succeeded = areInstalled() || install();
  rmSync(turn, { force: true });
  if (succeeded) return;
  console.error("npm ci failed, see above. Run it separately: npm ci");
  process.exit(1);
}

function install() {
  console.error("Installing npm packages (npm ci) ...");
  const { status } = spawnSync("npm", ["ci", "--include=dev", "--no-fund", "--no-audit"], {
    cwd: project,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  return status === 0;
}

/**
 * Compares package-lock.json with npm's own list of installed packages. Optional packages may be for other platforms.
 */
function areInstalled() {
  const list = join(project, "node_modules", ".package-lock.json");
  const installed = existsSync(list) ? packagesIn(list) : {};
  const { "": _, ...locked } = packagesIn(lockFile);
  return Object.entries(locked).every(([path, { version, integrity, optional }]) => {
    const found = installed[path];
    return found ? found.version === version && found.integrity === integrity : optional;
  });
}

function packagesIn(file) {
  const text = readFileSync(file, "utf8");
  try {
    return JSON.parse(text).packages;
  } catch {
    if (file !== lockFile) return {};
    console.error(`${file}: is not JSON. Restore it: git checkout -- package-lock.json`);
    process.exit(1);
  }
}

/** Waits for the install lock and takes it. Concurrent runs of `npm ci` would remove each other's packages. */
function takeTurn() {
  const own = `${turn}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    for (let waited = false; !isTaken(own); waited = true) {
      if (!waited) console.error("Waiting for another command that installs the npm packages ...");
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    }
  } finally {
    rmSync(own);
  }
}

/**
 * Tries to take the install lock. A link appears atomically, with content. One waiter at a time removes a stale lock.
 */
function isTaken(own) {
  if (succeeds(() => linkSync(own, turn), "EEXIST")) return true;
  if (isStale(clearing)) rmSync(clearing, { force: true });
  if (isStale(turn) && succeeds(() => linkSync(own, clearing), "EEXIST")) {
    // Another process may have removed the stale lock and taken it since the first check.
    if (isStale(turn)) rmSync(turn);
    rmSync(clearing);
  }
  return false;
}

/** Reports whether a file operation succeeded. The expected error code means that another process was faster. */
function succeeds(operation, expectedCode) {
  try {
    operation();
    return true;
  } catch (error) {
    if (error.code === expectedCode) return false;
    throw error;
  }
}

/** Reports whether the process that a file names has ended. In a restarted container, this process may have its id. */
function isStale(file) {
  try {
    const pid = Number(readFileSync(file, "utf8"));
    return pid === process.pid || !process.kill(pid, 0);
  } catch (error) {
    return error.code === "ESRCH";
  }
}

requireNode();
try {
  installPackages();
} catch (error) {
  // The code that describes errors needs packages, which are not installed yet.
  if (error.syscall === undefined) throw error;
  console.error(
    `${error.path ?? project}: ${error.message}. Let this user read and write ${project}, then run this again`,
  );
  process.exit(1);
}
const [command, ...args] = process.argv.slice(2);
const child = spawn(
  process.execPath,
  [
    "--disable-warning=ExperimentalWarning",
    "--require",
    join(project, "scripts", "lib", "typescript.cjs"),
    join(project, "scripts", "commands", `${command}.ts`),
    ...args,
  ],
  { cwd: project, stdio: "inherit" },
);
// The command shuts down by itself on a signal; this process waits for it.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("close", (status, signal) => {
  process.exitCode = status ?? 128 + constants.signals[signal];
});
