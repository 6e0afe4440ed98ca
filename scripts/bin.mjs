// Runs a command of this project: `node scripts/bin.mjs <command> [arguments]`. Some distributions ship Node 12. Node
// 12 can load this file, which prints that the version is not supported, but not the modules that this file imports.

/** Matches `engines` in package.json. */
function isSupported(version) {
  const [major, minor] = version.split(".").map(Number);
  return major >= 24 || (major === 22 && minor >= 13) || (major === 20 && minor >= 19);
}

const { node } = process.versions;
if (isSupported(node)) import("./lib/run-command.mjs");
else {
  console.error(`Node ${node} is not supported: 20.19, 22.13, 24 or newer is required. Install it: https://nodejs.org`);
  process.exitCode = 1;
}
