// Runs one of our commands: `node scripts/bin.mjs <command> [arguments]`. Plain JavaScript without imports of packages,
// since on a fresh clone this is what installs them.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const project = dirname(dirname(fileURLToPath(import.meta.url)));
/** Names the process that installs. Beside node_modules, which `npm ci` removes. */
const turn = join(project, ".installing");
const lockFile = join(project, "package-lock.json");
/** Names the process that removes the turn of one that has ended. */
const clearing = `${turn}.clearing`;

function requireNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(`Node ${process.versions.node} is too old: this needs 20.19 or newer. See https://nodejs.org`);
  process.exit(1);
}

/** `npm ci` where the installed packages are not those of the lock file. */
function installPackages() {
  if (areInstalled()) return;
  takeTurn();
  const succeeded = areInstalled() || install();
  rmSync(turn, { force: true });
  if (succeeded) return;
  console.error("npm ci failed, see above. Try it by itself: npm ci");
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

/** By npm's own list of what it has installed, whoever ran it. An optional package may be for other machines alone. */
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

/** Two at once would remove each other's packages: one installs, the other waits for it. */
function takeTurn() {
  const own = `${turn}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    for (let waited = false; !isTaken(own); waited = true) {
      if (!waited) console.error("Waiting for another command, which installs the npm packages ...");
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    }
  } finally {
    rmSync(own);
  }
}

/** A link is there at once and whole. That of a process that has ended is removed by one of those who wait at a time. */
function isTaken(own) {
  if (succeeds(() => linkSync(own, turn), "EEXIST")) return true;
  if (isStale(clearing)) rmSync(clearing, { force: true });
  if (isStale(turn) && succeeds(() => linkSync(own, clearing), "EEXIST")) {
    // Another may have removed it, and taken its turn, between the look and the link.
    if (isStale(turn)) rmSync(turn);
    rmSync(clearing);
  }
  return false;
}

/** Whether a file operation went through: the expected error means that another process was faster. */
function succeeds(operation, expectedCode) {
  try {
    operation();
    return true;
  } catch (error) {
    if (error.code === expectedCode) return false;
    throw error;
  }
}

/** Whether the process that a file names has ended; in a container that was started again this one may bear its number. */
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
  // The description of errors needs packages, which are not there yet.
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
    // undici 6 prints it at the first request by way of a proxy.
    "--disable-warning=UNDICI-EHPA",
    "--require",
    join(project, "scripts", "lib", "typescript.cjs"),
    join(project, "scripts", "commands", `${command}.ts`),
    ...args,
  ],
  { cwd: project, stdio: "inherit" },
);
// It ends in its own order, and is waited for.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("close", (status, signal) => {
  process.exitCode = status ?? 128 + constants.signals[signal];
});
