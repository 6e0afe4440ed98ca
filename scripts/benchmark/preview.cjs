// One preview in a process of its own, in plain JavaScript so that an empty program pays for no loader:
//   node [loader] preview.cjs FOLDER STACK PROGRAM
// previews the program that the module PROGRAM exports, and prints as JSON, counted from this process' start: the
// milliseconds until the program has registered its first own resource (loaders, modules, configuration and planning), those
// until the engine has ended, how many resources there are, and what each process of it took of memory at most.
const { readdirSync, readFileSync } = require("node:fs");
const { LocalWorkspace } = require("@pulumi/pulumi/automation");

async function main([workDir, stackName, program]) {
  const options = { workDir, envVars: { PULUMI_SKIP_UPDATE_CHECK: "true" } };
  const inline = { stackName, projectName: "livekit", program: () => require(program).program() };
  const stack = await LocalWorkspace.createOrSelectStack(inline, options);
  let [firstMs, resources] = [undefined, 0];
  const processes = new Map();
  const look = () => {
    for (const each of family()) processes.set(each.pid, each);
  };
  const onEvent = ({ resourcePreEvent, summaryEvent }) => {
    const type = resourcePreEvent?.metadata.type;
    if (type !== undefined && type !== "pulumi:pulumi:Stack") {
      firstMs ??= performance.now();
      resources += 1;
    }
    // Plugins may end before the last word, and to look takes time.
    if (summaryEvent || resources % 50 === 49) look();
  };
  await stack.preview({ onEvent });
  const totalMs = performance.now();
  console.log(JSON.stringify({ firstMs, totalMs, resources, processes: [...processes.values()] }));
}

/** This process and those below it, with the most memory that each has had. Empty where there is no /proc. */
function family() {
  let all = [];
  try {
    all = readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap(statusOf);
  } catch {}
  const below = (pid) => all.filter(({ parent }) => parent === pid).flatMap((child) => [child, ...below(child.pid)]);
  const own = all.find(({ pid }) => pid === process.pid);
  return (own ? [own, ...below(own.pid)] : []).map(({ pid, command, peakKib }) => ({ pid, command, peakKib }));
}

/** Nothing of one that has ended meanwhile. */
function statusOf(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/status`, "utf8");
    const field = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(fields)?.[1] ?? 0);
    const [program = "", first = ""] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    const command = (/\.c?js$/.test(first) ? first : program).split("/").at(-1);
    return [{ pid: Number(pid), parent: field("PPid"), peakKib: field("VmHWM"), command }];
  } catch {
    return [];
  }
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
