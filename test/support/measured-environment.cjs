const { appendFileSync, readFileSync } = require("node:fs");
const { TestEnvironment } = require("jest-environment-node");

/** Ticks per second in /proc/<pid>/stat: USER_HZ, 100 on every Linux architecture that Node supports. */
const ticksPerSecond = 100;

/** Reports the processor time of each test file, if `npm test` sets PROCESSOR_TIMES: a file of JSON lines. */
module.exports = class MeasuredEnvironment extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    this.path = context.testPath;
    this.before = processorSeconds();
  }

  async teardown() {
    await super.teardown();
    const { PROCESSOR_TIMES: file } = process.env;
    if (!file) return;
    const measured = { path: this.path, processorSeconds: processorSeconds() - this.before };
    appendFileSync(file, `${JSON.stringify(measured)}\n`);
  }
};

/** Counts this process and, on Linux, its children that have ended. Containers are not children. */
function processorSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6 + childrenTicks() / ticksPerSecond;
}

/**
 * Reads `cutime` and `cstime`, fields 16 and 17 (see proc_pid_stat(5)). Field 2, the command in parentheses, may
 * contain spaces.
 */
function childrenTicks() {
  if (process.platform !== "linux") return 0;
  const [, fields = ""] = readFileSync("/proc/self/stat", "utf8").split(/.*\) /s);
  return fields
    .split(" ")
    .slice(13, 15)
    .reduce((sum, ticks) => sum + Number(ticks), 0);
}
