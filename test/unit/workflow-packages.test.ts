import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectFolder } from "../../stacks/env";
import { type Job, readWorkflows } from "../support/workflows";

const workflows = readWorkflows();
const jobs = workflows.flatMap(({ file, jobs }) =>
  Object.entries(jobs).map(([name, job]) => ({ where: `${file}: ${name}`, job })),
);
const commands = jobs.flatMap(({ job }) => job.steps ?? []).flatMap(({ run }) => run ?? []);
const jobOf = (file: string, name: string) => workflows.find((each) => each.file === file)?.jobs[name];

describe("npm packages in workflows", () => {
  /** Whether a job has a token that can change something, or that AWS accepts. */
  const isPrivileged = ({ permissions = {} }: Job) => Object.values(permissions).includes("write");
  const indexOf = ({ steps = [] }: Job, start: string) =>
    steps.findIndex(({ uses, run }) => (uses ?? run ?? "").startsWith(start));
  const download = "actions/download-artifact@";

  it("run no code while npm installs them", () => {
    const installs = commands.filter((command) => /\bnpm (ci|install|i)\b/.test(command));
    expect(installs).toEqual(["npm ci --ignore-scripts"]);
    // Commands install missing packages, too. The environment of this test must not decide.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_config_/i.test(name)));
    const [command, args] = ["npm", ["config", "get", "ignore-scripts"]];
    expect(execFileSync(command, args, { cwd: projectFolder, env, encoding: "utf8" })).toBe("true\n");
  });

  it("are installed only in jobs whose token can only read", () => {
    const usesPackages = (run = "") => /\b(npm|npx|node|pulumi)\b/.test(run);
    const privileged = jobs
      .filter(({ job }) => isPrivileged(job))
      // The job that publishes a release runs no package.
      .filter(({ job }) => job.steps?.some(({ run }) => usesPackages(run)));
    expect(privileged.map(({ where }) => where)).toEqual([
      "preview.yml: examples",
      "preview.yml: stacks",
      "up.yml: up",
    ]);
    for (const { where, job } of privileged) {
      const [file = ""] = where.split(":");
      expect([where, [job.needs].flat()]).toEqual([where, expect.arrayContaining(["packages"])]);
      expect(jobOf(file, "packages")?.uses).toBe("./.github/workflows/packages.yml");
      const runs = (job.steps ?? []).flatMap(({ run }) => run ?? []);
      expect(runs.filter((run) => /\bnpm (ci|install|i)\b/.test(run))).toEqual([]);
      // The first command unpacks the artifact: any other one would install missing packages.
      expect(runs[0]).toBe('tar -xf "$RUNNER_TEMP/packages.tar"');
      expect(indexOf(job, download)).toBeGreaterThan(-1);
      expect(indexOf(job, download)).toBeLessThan(indexOf(job, "tar "));
    }
  });

  it("and Pulumi are in place before a job gets credentials", () => {
    for (const { job } of jobs.filter(({ job }) => job.permissions?.["id-token"])) {
      const order = [download, "tar ", "node scripts/bin.mjs install-pulumi", "aws-actions/configure-aws-credentials@"];
      const found = order.map((start) => indexOf(job, start));
      expect(found).toEqual(found.toSorted((a, b) => a - b));
      expect(found).not.toContain(-1);
    }
  });

  it("fail a preview job if they are missing, because a skipped job passes its required check or leaves it pending", () => {
    const names = ["examples", "stacks"];
    const conditions = names.map((name) => jobOf("preview.yml", name)?.if?.replace(/^\$\{\{ | \}\}$/g, ""));
    // Any status function replaces the implicit success().
    for (const condition of conditions) expect(condition).toMatch(/^!cancelled\(\)( &&|$)/);
    for (const name of names) {
      const step = jobOf("preview.yml", name)?.steps?.find(({ uses }) => uses?.startsWith(download));
      expect(Object.keys(step ?? {})).not.toContain("continue-on-error");
    }
  });

  it("stay available until a deployment that waits for its approval starts", () => {
    // GitHub fails a job that has waited 30 days for an environment's reviewers.
    const approvalDays = 30;
    const upload = jobOf("packages.yml", "packages")?.steps?.find(({ uses }) => uses?.includes("upload-artifact@"));
    expect(upload?.with).toMatchObject({
      "retention-days": expect.stringMatching(/^\$\{\{ inputs\.retention-days \}\}$/),
      "if-no-files-found": "error",
    });
    for (const { jobs } of workflows.filter(({ jobs }) => Object.values(jobs).some((job) => job.environment))) {
      expect(jobs["packages"]?.with?.["retention-days"]).toBeGreaterThan(approvalDays);
    }
  });

  it("are the same after the archive of the artifact is unpacked", () => {
    const pack = jobOf("packages.yml", "packages")?.steps?.flatMap(({ run }) => run ?? [])[1] ?? "";
    const temp = mkdtempSync(join(tmpdir(), "packages-"));
    try {
      const from = join(temp, "from");
      mkdirSync(join(from, "node_modules/.bin"), { recursive: true });
      writeFileSync(join(from, "node_modules/.package-lock.json"), "{}");
      writeFileSync(join(from, "node_modules/tool"), "", { mode: 0o755 });
      symlinkSync("../tool", join(from, "node_modules/.bin/tool"));
      const shell = (command: string, cwd: string) =>
        execFileSync("bash", ["-c", command], { cwd, env: { ...process.env, RUNNER_TEMP: temp } });
      shell(pack, from);
      shell('tar -xf "$RUNNER_TEMP/packages.tar"', temp);
      const unpacked = join(temp, "node_modules");
      expect(readlinkSync(join(unpacked, ".bin/tool"))).toBe("../tool");
      expect(statSync(join(unpacked, "tool")).mode & 0o777).toBe(0o755);
      expect(existsSync(join(unpacked, ".package-lock.json"))).toBe(true);
    } finally {
      rmSync(temp, { recursive: true });
    }
  });
});
