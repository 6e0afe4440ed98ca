const { appendFileSync, readFileSync } = require("node:fs");
const { TestEnvironment } = require("jest-environment-node");

/** Ticks per second of /proc/<pid>/stat: USER_HZ, 100 on every architecture of Linux that Node supports. */
const ticksPerSecond = 100;

/** Reports what each file took of the processor, where `npm test` asks for it by PROCESSOR_TIMES: a file of JSON lines. */
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

/** This process and, on Linux, its children that have ended. A container is not a child. */
function processorSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6 + childrenTicks() / ticksPerSecond;
}

/** `cutime` and `cstime`, see proc_pid_stat(5): fields 16 and 17; field 2, the command's name in parentheses, may hold spaces. */
function childrenTicks() {
  if (process.platform !== "linux") return 0;
  const [, fields = ""] = readFileSync("/proc/self/stat", "utf8").split(/.*\) /s);
  return fields
    .split(" ")
    .slice(13, 15)
    .reduce((sum, ticks) => sum + Number(ticks), 0);
}
