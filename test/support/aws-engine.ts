import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { type EngineEvent, LocalWorkspace, type Stack, type UpOptions } from "@pulumi/pulumi/automation";
import { parseDocument } from "yaml";
import { skipResultQueries } from "../../scripts/lib/engine";
import { changesOf } from "../../scripts/preview/engine";
import { buildPlugins } from "../../scripts/toolchain/build-plugins";
import { projectFolder } from "../../stacks/env";
import type { Account } from "./aws-plugin/types";
import { createSigningKey, fakeNode, installFakeAws } from "./fake-aws";
import { type PreviewedPullRequest, previewed } from "./preview";
import { awsValues, testSecrets } from "./settings";
import { withoutStackTraces } from "./stack-traces";

/** Buckets that a stack may have, by the names that the fake AWS provider gives them. */
const buckets = ["eu-central-1", "us-east-1"].map((region) => `inspire-lab-${region}`);
const nodes = ["euc1-1", "euc1-2", "use1-1"];

export interface ValidationOutcome {
  readonly found: readonly string[];
  readonly passed: boolean;
  readonly made: readonly string[];
}

/**
 * Runs the AWS program on Pulumi's real engine. A fake AWS provider answers the engine and logs each operation; a fake
 * aws command simulates S3 and the nodes.
 */
export class AwsOnEngine {
  private constructor(
    readonly folder: string,
    private readonly stack: Stack,
  ) {}

  static async open(): Promise<AwsOnEngine> {
    const folder = mkdtempSync(join(tmpdir(), "aws-engine-"));
    const bin = join(folder, "bin");
    await buildPlugins(bin);
    installAwsPlugin(bin);
    installFakeAws(bin);
    for (const bucket of buckets) {
      for (const node of nodes) mkdirSync(join(folder, `s3/${bucket}/nodes/${node}`), { recursive: true });
    }
    createSigningKey(join(folder, "s3"));
    // An inline program runs in this process, so the program looks for the aws command on this PATH.
    process.env["PATH"] = `${bin}:${process.env["PATH"]}`;
    const stack = await LocalWorkspace.createStack(
      { stackName: "test", projectName: "livekit", program: async () => undefined },
      {
        workDir: folder,
        envVars: {
          PATH: process.env["PATH"],
          PULUMI_HOME: join(folder, "home"),
          PULUMI_BACKEND_URL: `file://${folder}`,
          PULUMI_CONFIG_PASSPHRASE: "test",
          PULUMI_SKIP_UPDATE_CHECK: "true",
          AWS_LOG: join(folder, "log"),
          AWS_ACCOUNT: join(folder, "account.json"),
          AWS_RECORDS: join(folder, "records.json"),
          FAKE_S3: join(folder, "s3"),
          FAKE_NODE: fakeNode(join(folder, "node"), ...nodeLines(folder)),
          REQUEST_POLL_SECONDS: "0.2",
          REQUEST_START_SECONDS: "2",
          REQUEST_PROPAGATION_SECONDS: "0",
        },
      },
    );
    const opened = new AwsOnEngine(folder, skipResultQueries(stack, { outputs: false }));
    opened.account({});
    await opened.configure({});
    return opened;
  }

  /** Sets what lookups return from now on. */
  account(changes: Partial<Account>): void {
    const images = { amd64: "ami-00000000000000001", arm64: "ami-0000000000000a001" };
    const zones = ["eu-central-1a", "eu-central-1b", "us-east-1a", "us-east-1b"];
    writeFileSync(
      join(this.folder, "account.json"),
      JSON.stringify({ images, zones, hostedZone: "example.com", ...changes }),
    );
  }

  /**
   * Sets these values in addition to the required ones, and removes previous values. Sets secrets only when they
   * change: the CLI encrypts them and takes about a second for each.
   */
  async configure(values: Readonly<Record<string, string>>): Promise<void> {
    const secrets = { ...testSecrets, ...pick(values, (name) => name in testSecrets) };
    if (!isDeepStrictEqual(secrets, this.secrets)) {
      await this.stack.setAllConfig(mapped(secrets, (value) => ({ value, secret: true })));
      this.secrets = secrets;
    }
    const file = join(this.folder, "Pulumi.test.yaml");
    const document = parseDocument(readFileSync(file, "utf8"));
    const encrypted = pick(document.toJS().config, (key) => key.replace("livekit:", "") in testSecrets);
    const plain = { ...awsValues, changePolicy: "drain", ...pick(values, (name) => !(name in testSecrets)) };
    document.set("config", { ...encrypted, ...mapped(plain, (value) => value) });
    writeFileSync(file, document.toString());
  }

  private secrets: Readonly<Record<string, string>> = {};

  /**
   * Runs `up` and returns the engine's steps in order, such as `create Instance euc1-1-instance`, and requests to
   * nodes, such as `euc1-1 drain`.
   */
  async up(options: Pick<UpOptions, "refresh"> = {}): Promise<string[]> {
    return this.recorded(() => this.stack.up({ program: inline(), onOutput: this.print, ...options }));
  }

  /** Runs {@link up} with `--refresh` after these resources were deleted outside Pulumi. */
  async upWithout(...gone: readonly string[]): Promise<string[]> {
    const file = join(this.folder, "account.json");
    const before = readFileSync(file, "utf8");
    writeFileSync(file, JSON.stringify({ ...JSON.parse(before), gone }));
    try {
      return await this.up({ refresh: true });
    } finally {
      writeFileSync(file, before);
    }
  }

  async destroy(): Promise<string[]> {
    return this.recorded(() => this.stack.destroy({ onOutput: this.print }));
  }

  /** Returns what `pulumi destroy` previews. */
  async previewDestroy(): Promise<string[]> {
    return this.recorded(() => this.stack.previewDestroy({ onOutput: this.print }));
  }

  /** Returns the environment variables of the node's Command that a preview shows as changed, with their new values. */
  async previewedVariables(): Promise<Record<string, string>> {
    let variables: Record<string, string> = {};
    const onEvent = ({ resourcePreEvent }: EngineEvent) => {
      const { metadata } = resourcePreEvent ?? {};
      if (metadata?.type !== "command:local:Command" || metadata.op === "same") return;
      const [before, after] = [metadata.old, metadata.new].map((state) => state?.inputs["environment"] ?? {});
      variables = Object.fromEntries(Object.entries(after).filter(([name, value]) => before[name] !== value)) as never;
    };
    await withoutStackTraces(() => this.stack.preview({ program: inline(), onEvent, onOutput: this.print }));
    return variables;
  }

  /** Returns what `npm run preview` reports for the current configuration: the impact, and all printed text. */
  async preview(): Promise<PreviewedPullRequest> {
    const events: EngineEvent[] = [];
    const onEvent = (event: EngineEvent) => events.push(event);
    await withoutStackTraces(() => this.stack.preview({ program: inline(), onEvent, onOutput: this.print }));
    return previewed(changesOf(events));
  }

  /**
   * Previews the program under the policy pack. Returns the violations, such as `mandatory no-remote-shell: ssh`, and
   * the resources created.
   * @param more registers resources in addition to the stack
   */
  async validated(more: () => void = () => undefined): Promise<ValidationOutcome> {
    const found: string[] = [];
    const onEvent = ({ policyEvent: event }: EngineEvent) => {
      if (!event) return;
      found.push(`${event.enforcementLevel} ${event.policyName}: ${event.resourceUrn?.split("::").at(-1)}`);
    };
    const program = async () => {
      const outputs = await inline()();
      more();
      return outputs;
    };
    const options = { program, policyPacks: [join(projectFolder, "policy")], onEvent, onOutput: this.print };
    let passed = true;
    const made = await this.recorded(() => this.stack.preview(options).catch(() => (passed = false)));
    return { found: found.sort(), passed, made };
  }

  /** Returns a resource's inputs from the state. */
  async inputsOf(name: string): Promise<Record<string, unknown>> {
    const { deployment } = await this.stack.exportStack();
    const resources: { urn: string; inputs: Record<string, unknown> }[] = deployment.resources;
    return resources.find(({ urn }) => urn.endsWith(`::${name}`))?.inputs ?? {};
  }

  /** Rewrites the state's text, to imitate a stack created by another version of the program. */
  async rewriteState(change: (text: string) => string): Promise<void> {
    const { version, deployment } = await this.stack.exportStack();
    await this.stack.importStack({ version, deployment: JSON.parse(change(JSON.stringify(deployment))) });
  }

  /** Reports whether the state has the text, such as a component's type in an URN. */
  async stateHas(text: string): Promise<boolean> {
    return JSON.stringify(await this.stack.exportStack()).includes(text);
  }

  /** Returns the steps of the last operation. */
  steps(): string[] {
    return readFileSync(join(this.folder, "log"), "utf8").split("\n").filter(Boolean);
  }

  /** Reports whether the text is in the state files of the backend or in the printed output. */
  shows(text: string): boolean {
    const folder = join(this.folder, ".pulumi");
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const state = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), "utf8"));
    return [this.printed, ...state].some((content) => content.includes(text));
  }

  private printed = "";

  private readonly print = (text: string) => {
    this.printed += text;
  };

  private async recorded(run: () => Promise<unknown>): Promise<string[]> {
    writeFileSync(join(this.folder, "log"), "");
    await withoutStackTraces(run);
    return this.steps();
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function pick<Value>(all: Readonly<Record<string, Value>>, keep: (key: string) => boolean): Record<string, Value> {
  return Object.fromEntries(Object.entries(all).filter(([key]) => keep(key)));
}

/** Prefixes configuration keys with `livekit:`. */
function mapped<Value>(values: Readonly<Record<string, string>>, to: (value: string) => Value): Record<string, Value> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`livekit:${name}`, to(value)]));
}

/** Loads the program's modules again for each operation, as a separate process would. */
function inline() {
  return async () => {
    const { program } = require("../../stacks/program") as typeof import("../../stacks/program");
    return { ...(await program()) };
  };
}

function nodeLines(folder: string): string[] {
  return [
    `verb=$(printf '%s' "$request" | sed 's/.*"verb":"\\([^"]*\\)".*/\\1/')`,
    `echo "$(basename "$PWD") $verb" >> '${join(folder, "log")}'`,
    `if [ "$verb" = drain ]; then report drained 'no room is left'`,
    "else report healthy 'all services serve'; fi",
  ];
}

function installAwsPlugin(folder: string): void {
  const file = join(folder, "pulumi-resource-aws");
  const loader = join(projectFolder, "scripts/lib/typescript.cjs");
  const main = join(__dirname, "aws-plugin/main.ts");
  writeFileSync(file, `#!/bin/sh\nexec '${process.execPath}' --require '${loader}' '${main}' "$@"\n`);
  chmodSync(file, 0o755);
}
