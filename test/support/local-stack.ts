import * as pulumi from "@pulumi/pulumi";
import type { LocalStackArgs } from "../../components/local/stack";
import { type Host, imageNames, planLocalFleet } from "../../model/fleet";
import type { RawConfig } from "../../model/settings/parse";
import { configure, monitoredSecrets, testCallPage, testHost } from "./settings";
import { withoutStackTraces } from "./stack-traces";

/** A resource as the program registers it with Pulumi's engine. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: the mock receives inputs of every type.
  readonly inputs: any;
}

const registered: Registered[] = [];

pulumi.runtime.setMocks({
  newResource: ({ type, name, inputs }) => {
    registered.push({ type, name, inputs });
    const issued = JSON.stringify({ chain: "CHAIN", key: "planted-tls-key" });
    return { id: `${name}-id`, state: { ...inputs, imageId: `${name}-sha`, stdout: issued } };
  },
  call: () => ({}),
});

const owner = "stack dev of /home/ada/livekit";
const images = imageNames(configure().settings, (kind) => `${kind}:1`);

/** Registers the stack and returns its resources once all are registered. */
export async function registerLocal(
  values: RawConfig["values"] = {},
  args: Partial<LocalStackArgs> = {},
  host: Host = testHost,
): Promise<readonly Registered[]> {
  registered.length = 0;
  const { LocalStack } = require("../../components/local/stack") as typeof import("../../components/local/stack");
  const { settings, secrets } = configure(values, monitoredSecrets);
  const fleet = planLocalFleet(settings, host);
  const commands = { issueCertificate: "issue", certificateEnd: "2030-01-31", validateServices: "validate" };
  const own = { fleet, secrets, owner, images, callPage: testCallPage, ...commands, projectFolder: "/" };
  await withoutStackTraces(async () => {
    const stack = new LocalStack("local", { ...own, ...args });
    await Promise.all(stack.services.map(({ container }) => resolved(container.id)));
  });
  return [...registered];
}

function resolved<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}
