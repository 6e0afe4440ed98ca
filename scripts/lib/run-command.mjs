// Installs the npm packages if necessary, then runs the command given to scripts/bin.mjs. Plain JavaScript that imports
// no packages, since they may be missing.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, utimes } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const lockFile = join(project, "package-lock.json");
/**
 * Folder that serves as install lock; its holder renews the modification time. proper-lockfile works the same way, but
 * is not installed yet. Outside node_modules, which `npm ci` removes.
 */
const installLock = join(project, ".installing");
const renewMs = 1000;
/** A lock that was not renewed for this long is stale: its holder was killed. */
const staleMs = 10_000;

let child;
/** Exit code after an interruption. Undefined until a signal arrives. */
let interruption;

/** Runs `npm ci` if the installed packages differ from package-lock.json. */
async function installPackages() {
  if (areInstalled()) return;
  await takeLock();
  const renewal = setInterval(() => utimes(installLock, new Date(), new Date(), () => {}), renewMs);
  const status = areInstalled() ? 0 : await install();
  clearInterval(renewal);
  rmSync(installLock, { recursive: true, force: true });
  if (interruption !== undefined) process.exit(interruption);
  if (status === 0) return;
  console.error("npm ci failed: its error is above. Fix it and run: npm ci");
  process.exit(1);
}

function install() {
  console.error("Installing npm packages (npm ci) ...");
  return run("npm", ["ci", "--include=dev", "--no-fund", "--no-audit"], {
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
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
async function takeLock() {
  for (let waited = false; !tryLock(); waited = true) {
    if (!waited) console.error("Waiting for another command that installs the npm packages ...");
    await pause(200);
  }
}

/** Tries to take the install lock. If it is stale, only removes it: every waiting process then has the same chance. */
function tryLock() {
  try {
    mkdirSync(installLock);
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  const renewed = statSync(installLock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
  if (Date.now() - renewed > staleMs) rmSync(installLock, { recursive: true, force: true });
  return false;
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

/** Forwards signals to the running program, which shuts down by itself; this process waits for it. */
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
  // Describes system errors here: describe-error.ts needs packages, which may not be installed.
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
