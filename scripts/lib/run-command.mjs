// Installs the npm packages if necessary, then runs the command that scripts/bin.mjs received. This file is plain
// JavaScript and imports no packages, because they may not be installed yet.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const lockFile = join(project, "package-lock.json");
/**
 * Install lock: a folder whose modification time its holder renews, like proper-lockfile, which is not installed yet.
 * The folder is outside node_modules, because `npm ci` removes node_modules.
 */
const installLock = join(project, ".installing");
const renewMs = 1000;
const pollMs = renewMs / 5;
/**
 * Number of polls without a renewal after which the holder counts as killed. Counts polls instead of seconds, because
 * clocks also run while the machine sleeps.
 */
const stalePolls = 50;

/** State of the install lock when this process last renewed it. */
let held;
let child;
/** Exit code of an interrupted command. */
let interruption;

/** Runs `npm ci` if the installed packages differ from package-lock.json. */
async function installPackages() {
  if (areInstalled()) return;
  await takeLock();
  const renewal = setInterval(renewLock, renewMs);
  const status = areInstalled() ? 0 : await install();
  clearInterval(renewal);
  const isOurs = lockState() === held;
  if (isOurs) removeLock();
  if (interruption !== undefined) process.exit(interruption);
  if (isOurs && status === 0) return;
  console.error(
    isOurs
      ? "npm ci failed, see above. Run it separately: npm ci"
      : `${installLock}: this command lost its lock: it was paused, or the lock was deleted. Run the command again`,
  );
  process.exit(1);
}

function install() {
  console.error("Installing npm packages (npm ci) ...");
  // Hides npm's warnings: they concern packages that only browsers run.
  return run("npm", ["ci", "--include=dev", "--no-fund", "--no-audit", "--loglevel=error"], {
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
}

/**
 * Compares package-lock.json with npm's own list of installed packages. Allows missing optional packages, which may be
 * for other platforms.
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
async function takeLock() {
  let last;
  for (let polls = 0, waited = false; !tryLock(); waited = true) {
    if (!waited) console.error("Waiting for another command that installs the npm packages ...");
    const state = lockState();
    polls = state === last ? polls + 1 : 0;
    last = state;
    // Only removes a stale lock and polls again, so that all waiting processes have the same chance to take the lock.
    if (polls >= stalePolls) removeLock();
    await pause(pollMs);
  }
}

function tryLock() {
  try {
    mkdirSync(installLock);
    held = lockState();
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    return false;
  }
}

/** Renews the install lock; ends npm if this process has lost the lock. */
function renewLock() {
  try {
    if (lockState() !== held) return child?.kill();
    utimesSync(installLock, new Date(), new Date());
    held = lockState();
  } catch {
    // The lock was deleted in between: the next check of the lock reports that.
  }
}

/**
 * Returns the install lock's inode and modification time. The inode alone does not identify the lock, because a new
 * folder may get the inode of a removed one.
 */
function lockState() {
  const found = statSync(installLock, { throwIfNoEntry: false });
  return found && `${found.ino} ${found.mtimeMs}`;
}

function removeLock() {
  rmSync(installLock, { recursive: true, force: true });
}

/** Runs a program in the project. @returns its exit code, or 128 and the number of the signal that killed it */
function run(program, args, options) {
  child = spawn(program, args, { cwd: project, ...options });
  return new Promise((resolve) => {
    child.on("error", ({ message }) => {
      console.error(message);
      resolve(1);
    });
    child.on("close", (status, signal) => resolve(status ?? 128 + constants.signals[signal]));
  });
}

/** A program shuts down by itself on a signal; this process waits for it. */
function forwardSignals() {
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.on(signal, () => {
      interruption = 128 + constants.signals[signal];
      if (child) child.kill(signal);
      else process.exit(interruption);
    });
  }
}

forwardSignals();
try {
  await installPackages();
} catch (error) {
  // The code that describes errors needs packages, which are not installed yet.
  if (error.syscall === undefined) throw error;
  console.error(
    `${error.path ?? project}: ${error.message}. Let this user read and write ${project}, then run this again`,
  );
  process.exit(1);
}
const [command, ...args] = process.argv.slice(2);
const ownOptions = ["--disable-warning=ExperimentalWarning", "--require"];
const paths = [
  join(project, "scripts", "lib", "typescript.cjs"),
  join(project, "scripts", "commands", `${command}.ts`),
];
process.exitCode = await run(process.execPath, [...ownOptions, ...paths, ...args], { stdio: "inherit" });
