import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { credentials, type GrpcObject, loadPackageDefinition, type ServiceClientConstructor } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { endChild } from "../../../../test/support/processes";
import { encodeMessagePack } from "./message-pack";
import { type Block, proposedState, toConfig, toState } from "./values";

/** A provider's plan for an existing resource. */
export interface Plan {
  /** The planned state as the provider encodes it, so that equal plans have equal text. */
  readonly state: string;
  /** Attributes and blocks whose change replaces the resource. */
  readonly replaces: readonly string[];
}

/** A Terraform provider that runs without Terraform. */
export interface Provider {
  /** Schemas by Terraform type name. */
  readonly schemas: Readonly<Record<string, { readonly block: Block }>>;
  /** Plans a change. Properties have their Pulumi names. @throws Error if the provider reports one */
  plan(type: string, state: object, config: object): Promise<Plan>;
  stop(): Promise<void>;
}

/** Environment value without which a Terraform provider exits: terraform-plugin-go, `tf6server/server.go`. */
const magicCookie = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

interface Responses {
  readonly GetProviderSchema: { readonly resource_schemas: Provider["schemas"] };
  readonly PlanResourceChange: {
    readonly planned_state: { readonly msgpack: Buffer };
    readonly requires_replace: readonly { readonly steps: readonly { readonly attribute_name: string }[] }[];
    readonly diagnostics: readonly { readonly severity: number; readonly summary: string; readonly detail: string }[];
  };
}

/** Time limit for a provider to serve its schema on a busy machine. */
const startMilliseconds = 60_000;

/** Starts a provider. It is not configured, so it plans and validates, but connects to no Docker engine. */
export async function startProvider(program: string): Promise<Provider> {
  const process = spawn(program, {
    env: { TF_PLUGIN_MAGIC_COOKIE: magicCookie, PLUGIN_PROTOCOL_VERSIONS: "6" },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const late = setTimeout(() => process.kill("SIGKILL"), startMilliseconds);
  try {
    return await connect(process);
  } catch (error) {
    await endChild(process);
    throw error;
  } finally {
    clearTimeout(late);
  }
}

async function connect(process: ChildProcess): Promise<Provider> {
  const client = new (providerService())(await addressOf(process), credentials.createInsecure(), {
    "grpc.max_receive_message_length": -1,
  });
  const call = <Name extends keyof Responses>(name: Name, request: object): Promise<Responses[Name]> =>
    new Promise((resolve, reject) => {
      client[name]?.(request, (error: unknown, response: Responses[Name]) =>
        error ? reject(error) : resolve(response),
      );
    });
  const { resource_schemas: schemas } = await call("GetProviderSchema", {});
  return {
    schemas,
    async plan(type, oldProperties, newProperties) {
      const block = schemas[type]?.block;
      if (block === undefined) throw new Error(`the provider has no resource type ${type}`);
      const state = toState(block, oldProperties);
      const config = toConfig(block, newProperties);
      const response = await call("PlanResourceChange", {
        type_name: type,
        prior_state: { msgpack: encodeMessagePack(state) },
        proposed_new_state: { msgpack: encodeMessagePack(proposedState(block, state, config)) },
        config: { msgpack: encodeMessagePack(config) },
      });
      const [problem] = response.diagnostics.filter(({ severity }) => severity === 1);
      if (problem) throw new Error(`${problem.summary} ${problem.detail}`);
      return {
        state: response.planned_state.msgpack.toString("base64"),
        replaces: [...new Set(response.requires_replace.map(({ steps }) => steps[0]?.attribute_name ?? ""))],
      };
    },
    async stop() {
      client.close();
      await endChild(process);
    },
  };
}

function providerService(): ServiceClientConstructor {
  const definition = loadSync(join(__dirname, "plugin.proto"), {
    keepCase: true,
    longs: Number,
    enums: String,
    defaults: true,
  });
  return (loadPackageDefinition(definition)["tfplugin6"] as GrpcObject)["Provider"] as ServiceClientConstructor;
}

/** Reads the address from the line that a go-plugin prints: `1|6|unix|/tmp/plugin123|grpc|`. */
async function addressOf(process: ChildProcess): Promise<string> {
  if (!process.stdout) throw new Error("the provider's standard output is not available");
  for await (const line of createInterface(process.stdout)) {
    const [, , network, address] = line.split("|");
    if (address) return network === "unix" ? `unix:${address}` : address;
  }
  throw new Error("the provider exited before it served its schema");
}
