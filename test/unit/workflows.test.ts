import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { minVersion } from "semver";
import { isOnAws } from "../../scripts/lib/load-stack";
import { marker } from "../../scripts/preview/report";
import { waiverFile } from "../../scripts/release/waivers";
import { pulumiVersion } from "../../scripts/toolchain/pulumi";
import { projectFolder } from "../../stacks/env";
import { ended } from "../support/answer";
import { PullRequest } from "../support/pull-request";
import { type Job, readWorkflows, type WorkflowStep } from "../support/workflows";

const workflows = readWorkflows();
const jobs = workflows.flatMap(({ file, on, jobs }) =>
  Object.entries(jobs).map(([name, job]) => ({ where: `${file}: ${name}`, on, job })),
);
const steps = jobs.flatMap(({ job }) => job.steps ?? []);
const commands = steps.flatMap(({ run }) => run ?? []);
const { scripts, engines } = JSON.parse(readFileSync(join(projectFolder, "package.json"), "utf8"));

const jobOf = (file: string, name: string) => workflows.find((each) => each.file === file)?.jobs[name] as Job;
const sameRepository = "github.event.pull_request.head.repo.full_name == github.repository";

test("every GitHub action is pinned to the commit of the version in its comment", () => {
  const lines = workflows.flatMap(({ text }) => text.split("\n")).filter((line) => /\buses:/.test(line));
  const foreign = lines.filter((line) => !line.includes("uses: ./"));
  expect(foreign.length).toBeGreaterThan(5);
  for (const line of foreign) expect(line).toMatch(/uses: [\w-]+(\/[\w-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  const pins = foreign.map((line) =>
    line
      .trim()
      .replace(/^- /, "")
      .split(/[@\s]+/)
      .slice(1),
  );
  const versions = new Map(pins.map(([action = "", ...pin]) => [action, pin.join(" ")]));
  // Every use of an action has the same version.
  expect(new Set(pins.map(([action, ...pin]) => `${action} ${pin.join(" ")}`)).size).toBe(versions.size);
});

test("workflow jobs have only the permissions that they need, and use no repository secret", () => {
  for (const { text, permissions, on } of workflows) {
    expect(permissions).toEqual({});
    expect(Object.keys(on)).not.toContain("pull_request_target");
    expect(text).not.toMatch(/\bsecrets[.:[]/);
  }
  expect(Object.fromEntries(jobs.map(({ where, job }) => [where, job.permissions]))).toEqual({
    "commits.yml: messages": { contents: "read" },
    "packages.yml: packages": { contents: "read" },
    "preview.yml: examples": { contents: "read", "pull-requests": "write" },
    "preview.yml: packages": { contents: "read" },
    "preview.yml: stacks": { contents: "read", "id-token": "write", "pull-requests": "write" },
    "release.yml: publish": { contents: "write" },
    "release.yml: sbom": { contents: "read" },
    "security.yml: vulnerabilities": { contents: "read" },
    "test.yml: test": { contents: "read" },
    "up.yml: packages": { contents: "read" },
    "up.yml: test": { contents: "read" },
    "up.yml: up": { contents: "read", "id-token": "write" },
  });
});

test("workflows have access to an AWS account only on branches of this repository, not for a fork's pull request", () => {
  const withAccount = jobs.filter(({ job }) => job.permissions?.["id-token"]);
  expect(withAccount).toHaveLength(2);
  for (const { on, job } of withAccount) {
    // A pull request of Dependabot contains other authors' code, regardless of who pushes to its branch.
    const notDependabot = "github.event.pull_request.user.login != 'dependabot[bot]'";
    if ("pull_request" in on) expect([job.if, job.if]).toEqual([sameRepository, notDependabot].map(containing));
    else expect(on).toEqual({ push: { branches: ["main"] } });
  }
  expect(jobOf("preview.yml", "examples").if).toMatch(/^\$\{\{ !cancelled\(\) \}\}$/);
});

const containing = (text: string) => expect.stringContaining(text);

test("the up workflow runs a preview with the policy pack before the update, because the action's update skips the preview", () => {
  const runs = jobOf("up.yml", "up").steps?.filter(({ uses }) => uses?.startsWith("pulumi/actions@")) ?? [];
  expect(runs.map(({ with: given }) => given?.["command"])).toEqual(["preview", "up"]);
  const [{ command: _, ...preview } = {}, { command: __, ...up } = {}] = runs.map(({ with: given }) => given);
  expect(preview).toEqual(up);
  expect(up).toMatchObject({ policyPacks: "policy" });
});

test("the operator's guide names the workflow jobs that a GitHub ruleset has to require", () => {
  const guide = readFileSync(join(projectFolder, "docs/aws.md"), "utf8");
  const preview = workflows.find(({ file }) => file === "preview.yml");
  const names = Object.entries(preview?.jobs ?? {}).flatMap(([key, { name = "", uses, strategy }]) =>
    uses
      ? [`${key} / ${jobOf(basename(uses), key).name}`]
      : (strategy?.matrix["stack"] ?? [""]).map((stack) => name.replace(/\$\{\{ matrix\.stack \}\}/, `${stack}`)),
  );
  // GitHub skips a job if one that it needs fails, and a skipped job satisfies a ruleset: the needed job is required, too.
  expect(names).toEqual(["packages / npm packages", "The example stacks", "Stack prod"]);
  for (const name of names) expect(guide).toMatch(new RegExp(`required[^\n]*\`${name}\``, "i"));
});

test("the operator's guide names each variable of the workflows, and its trust policies match the workflow jobs", () => {
  const guide = readFileSync(join(projectFolder, "docs/aws.md"), "utf8");
  const variables = workflows.flatMap(({ text }) =>
    [...text.matchAll(/\bvars\.(\w+)/g)].map(([, name]) => name as string),
  );
  expect(variables.length).toBeGreaterThan(0);
  for (const name of variables) expect(guide).toContain(`\`${name}\``);
  // A wildcard or a missing subject would admit every repository on GitHub.
  const { Statement } = JSON.parse(readFileSync(join(projectFolder, "examples/aws/trust.json"), "utf8"));
  expect(Statement.map(({ Condition }: { Condition: unknown }) => Condition)).toEqual([
    {
      StringEquals: {
        "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
        "token.actions.githubusercontent.com:sub": "repo:REPOSITORY:TAKER",
      },
    },
  ]);
  // GitHub's older form of the subject, and the form for a new, renamed or transferred repository.
  for (const form of ["OWNER/NAME", "OWNER@OWNERID/NAME@REPOID"]) expect(guide).toContain(`\`${form}\``);
  expect(guide).toMatch(/^REPOSITORY=OWNER@OWNERID\/NAME@REPOID$/m);
  const takers = [...guide.matchAll(/\$\(filled trust (\S+)\)/g)].map(([, taker]) => taker);
  const stacks = jobOf("up.yml", "up").strategy?.matrix["stack"] ?? [];
  expect(takers).toEqual(["pull_request", ...stacks.map((stack) => `environment:${stack}`)]);
  const role = jobOf("up.yml", "up").steps?.find(({ uses }) => uses?.startsWith("aws-actions/"));
  expect(guide).toContain(`--max-session-duration ${role?.with?.["role-duration-seconds"]} `);
});

test("no workflow command contains text of a GitHub event, which another user may have written", () => {
  for (const command of commands) expect(command).not.toContain("${{");
});

test("the commits workflow checks the title of a pull request, again after each edit", () => {
  const { on } = workflows.find(({ file }) => file === "commits.yml") ?? {};
  expect(on).toEqual({ pull_request: { types: ["opened", "edited", "synchronize", "reopened"] } });
  expect(jobOf("commits.yml", "messages").steps).toContainEqual({
    run: expect.stringMatching(/check-commits .*--title="\$TITLE"/),
    env: { TITLE: containing("github.event.pull_request.title") },
  });
});

test("the credentials of a workflow's checkout are not available to later steps", () => {
  const checkouts = steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"));
  for (const { with: given } of checkouts) expect(given).toMatchObject({ "persist-credentials": false });
});

test("the up workflow runs on main after the tests, in the stack's environment, and then runs the smoke test", () => {
  const up = workflows.find(({ file }) => file === "up.yml");
  const ofStack = expect.stringMatching(/^\$\{\{ matrix\.stack \}\}$/);
  expect(up?.jobs["test"]?.uses).toBe("./.github/workflows/test.yml");
  expect(up?.jobs["up"]).toMatchObject({ needs: ["test", "packages"], environment: ofStack });
  const last = up?.jobs["up"]?.steps?.slice(-2) ?? [];
  expect(last[0]?.with).toMatchObject({ command: "up", "stack-name": ofStack });
  expect(last[1]?.run).toContain("smoke");
});

test("workflows use the tested version of the Pulumi CLI and run for every stack on AWS", () => {
  const clis = steps.filter(({ uses }) => uses?.startsWith("pulumi/actions@"));
  expect(clis.map(({ with: given }) => given?.["pulumi-version"])).toEqual(Array(2).fill(pulumiVersion()));
  const files = readdirSync(projectFolder).flatMap((file) => /^Pulumi\.(\w+)\.yaml$/.exec(file)?.[1] ?? []);
  for (const job of [jobOf("preview.yml", "stacks"), jobOf("up.yml", "up")]) {
    expect(job.strategy?.matrix["stack"]).toEqual(files.filter(isOnAws));
  }
});

test("the test workflow runs on each major version of Node that package.json allows, including the oldest allowed version", () => {
  const versions = jobOf("test.yml", "test").strategy?.matrix["node"] as readonly string[];
  const allowed: string[] = engines.node.split(" || ");
  expect(versions.map(Number).map(Math.floor)).toEqual(allowed.map((range) => minVersion(range)?.major));
  expect(minVersion(engines.node)?.version).toBe(`${versions[0]}.0`);
});

test("the security workflow scans for known vulnerabilities on pull requests and weekly, after it has checked the waivers", () => {
  const { on, jobs } = workflows.find(({ file }) => file === "security.yml") ?? {};
  expect(on).toEqual({ pull_request: null, schedule: [{ cron: expect.stringMatching(/^\d+ \d+ \* \* \d$/) }] });
  const steps = jobs?.["vulnerabilities"]?.steps ?? [];
  const [check, scan] = steps.slice(-2);
  expect(check).toEqual({ run: "node scripts/bin.mjs check-waivers" });
  expect(scan?.uses).toMatch(/^google\/osv-scanner-action\/osv-scanner-action@/);
  expect(`${scan?.with?.["scan-args"]}`.split("\n")).toEqual(["--recursive", `--config=${waiverFile}`, "./"]);
  // The check installs packages, and the scanner skips ignored folders.
  expect(readFileSync(join(projectFolder, ".gitignore"), "utf8")).toMatch(/^node_modules\/$/m);
  // It would let a vulnerability pass.
  for (const step of steps) expect(Object.keys(step)).not.toContain("continue-on-error");
});

test("the release workflow publishes the SBOMs of a tag on main, in a job that installs no package", () => {
  const { on } = workflows.find(({ file }) => file === "release.yml") ?? {};
  expect(on).toEqual({ push: { tags: ["v*"] } });
  const runs = (name: string) => jobOf("release.yml", name).steps?.flatMap(({ run }) => run ?? []);
  expect(runs("sbom")).toEqual([
    "git merge-base --is-ancestor HEAD origin/main",
    expect.stringMatching(/bin\.mjs sbom --out "\$RUNNER_TEMP\/sbom"$/),
  ]);
  // Without the whole history, git does not find the tag's commit on main.
  expect(jobOf("release.yml", "sbom").steps?.[0]?.with).toMatchObject({ "fetch-depth": 0 });
  expect(jobOf("release.yml", "publish")).toMatchObject({ needs: "sbom" });
  expect(runs("publish")).toEqual([
    'gh release create "$TAG" --verify-tag --title "$TAG" --notes-from-tag sbom/*.cdx.json',
  ]);
});

test("every workflow command is npm ci, tar, a script of package.json, a command of scripts/, gh release or git merge-base", () => {
  const own = commands.filter((command) => !/^(gh release|git merge-base) /.test(command));
  const named = own.flatMap((command) => [
    ...(/^tar /.test(command) ? ["tar"] : []),
    ...[...command.matchAll(/npm (?:run (?:--silent )?)?([\w-]+)/g)].map(([, script]) => script as string),
    ...[...command.matchAll(/bin\.mjs ([\w-]+)/g)].map(([, program]) => program as string),
  ]);
  expect(named).toHaveLength(own.length);
  for (const name of named) {
    const known =
      ["ci", "tar"].includes(name) ||
      scripts[name] !== undefined ||
      existsSync(join(projectFolder, `scripts/commands/${name}.ts`));
    expect([name, known]).toEqual([name, true]);
  }
});

describe("the steps of the example stacks' preview", () => {
  // Each step starts our commands, which load the whole program.
  jest.setTimeout(60_000);
  const temp = mkdtempSync(join(tmpdir(), "workflow-"));
  const summary = join(temp, "summary.md");
  const github = new PullRequest();
  afterAll(async () => {
    await github.close();
    rmSync(temp, { recursive: true });
  });

  /** Runs a step with GitHub's environment variables. */
  const run = ({ run = "" }: WorkflowStep, env: Readonly<Record<string, string>>) =>
    ended("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", `cd '${projectFolder}'\n${run}`], {
      ...process.env,
      RUNNER_TEMP: temp,
      GITHUB_STEP_SUMMARY: summary,
      ...env,
    });
  const step = (name: string) => jobOf("preview.yml", "examples").steps?.find((each) => each.name === name) ?? {};

  test("render the preview, add it to the run's summary, and create or edit a comment on the pull request", async () => {
    // A clone of a single commit has no other revision to compare with.
    expect(await run(step("What it means"), { BASE: "HEAD" })).toMatchObject({ exitCode: 0 });
    const preview = readFileSync(join(temp, "preview.md"), "utf8");
    expect(preview).toMatch(/^### Preview of fleet/);
    expect(readFileSync(summary, "utf8")).toBe(preview);
    const env = {
      GITHUB_API_URL: await github.listen(),
      GITHUB_REPOSITORY: PullRequest.repository,
      GITHUB_TOKEN: PullRequest.token,
      PULL_REQUEST: String(PullRequest.number),
    };
    expect(await run(step("Comment"), env)).toMatchObject({ exitCode: 0, all: expect.stringContaining("is new") });
    expect(await run(step("Comment"), env)).toMatchObject({ exitCode: 0, all: expect.stringContaining("is edited") });
    expect(github.comments.map(({ body }) => body.trimEnd().endsWith(marker("examples")))).toEqual([true]);
  });

  test("fail without a comment on the pull request if there is no preview", async () => {
    const { exitCode, all } = await run(step("What it means"), { BASE: "no-such-revision" });
    expect([exitCode, all]).toEqual([1, expect.stringContaining("this git repository has no such revision")]);
  });
});
