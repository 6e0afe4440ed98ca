import { readFileSync } from "node:fs";
import type Docker from "dockerode";
import type { Container } from "dockerode";
import { tarArchive } from "../../provider-kit/archive";
import { docker, failure, isConflict, isNotFound, orGone } from "../../provider-kit/docker";
import type { Call, ResourceType } from "../../provider-kit/resource-type";
import { defineType, diff } from "../../provider-kit/resource-type";
import { startUntilHealthy } from "./container-health";
import type { ContainerInputs } from "./container-inputs";
import {
  containerInputs,
  containerKept,
  containerKeptWhenUnknown,
  containerReplaceOn,
  containerUnordered,
  silentlyIgnored,
  validateContainer,
} from "./container-inputs";
import { toCreateOptions, toUpdateOptions } from "./container-spec";
import { toOutputs } from "./container-state";
import { findImage } from "./image";

/** Docker's default mode of an uploaded file. */
const defaultPermissions = "0644";

/** `docker:index/container:Container`. */
export const container: ResourceType = defineType({
  token: "docker:index/container:Container",
  inputs: containerInputs,
  replaceOn: containerReplaceOn,
  keptWhenLeftOut: containerKept,
  keptWhenUnknown: containerKeptWhenUnknown,
  unordered: containerUnordered,
  deleteBeforeReplace: true,
  computed: [
    "bridge",
    "command",
    "containerLogs",
    "entrypoints",
    "envs",
    "exitCode",
    "healthcheck",
    "hostname",
    "init",
    "ipcMode",
    "labels",
    "logDriver",
    "networkDatas",
    "platform",
    "runtime",
    "securityOpts",
    "shmSize",
    "stopSignal",
    "stopTimeout",
  ],
  validate: validateContainer,

  async create(inputs, call) {
    const engine = await docker();
    await findImage(engine, inputs.image, call);
    const made = await make(engine, inputs);
    try {
      await connect(engine, made, inputs);
      await upload(made, inputs);
      await start(engine, made, inputs, call);
      call.signal.throwIfAborted(); // After an interrupt, Pulumi would not record it.
      return { id: made.id, outputs: toOutputs(await made.inspect(), inputs) };
    } catch (error) {
      await made.remove({ force: true, v: true });
      throw failure(`Unable to create container ${inputs.name}`, error);
    }
  },

  async read(id, state) {
    const found = await orGone((await docker()).getContainer(id).inspect());
    return found && { id: found.Id, outputs: toOutputs(found, state) };
  },

  async update(id, inputs, state, call) {
    const changed = diff(container, state, inputs).map(({ property }) => property);
    const ignored = silentlyIgnored.filter((property) => changed.includes(property));
    if (ignored.length > 0) {
      const keys = ignored.map((property) => `"${property}"`).join(", ");
      throw new Error(
        `${ignored.join(", ")}: can't change on an existing container, and the official plugin would ignore the change silently. Set { replaceOnChanges: [${keys}] } in the resource's options`,
      );
    }
    const engine = await docker();
    const existing = engine.getContainer(id);
    try {
      await existing.update(toUpdateOptions(inputs));
      if (inputs.mustRun && !state["mustRun"]) await start(engine, existing, inputs, call);
      return toOutputs(await existing.inspect(), { ...state, ...inputs });
    } catch (error) {
      throw failure(`Unable to update container ${inputs.name}`, error);
    }
  },

  async delete(id, state) {
    const existing = (await docker()).getContainer(id);
    try {
      // If destroyGraceSeconds is not set, the official plugin kills the container without a grace period, even if
      // stopTimeout is set.
      await existing.stop({ t: Number(state["destroyGraceSeconds"] ?? 0) }).catch(unlessStopped);
      await existing.remove({ force: true, v: state["removeVolumes"] !== false });
    } catch (error) {
      if (isNotFound(error)) return;
      if (!isConflict(error)) throw failure(`Unable to remove container ${id}`, error);
      await existing.wait({ condition: "removed" }); // Another process is already removing it.
    }
  },
});

async function make(engine: Docker, inputs: ContainerInputs): Promise<Container> {
  try {
    return await engine.createContainer(toCreateOptions(inputs));
  } catch (error) {
    const { name } = inputs;
    const fix = [
      `If it is a left-over, remove it: docker rm -fv ${name}`,
      `If it is wanted, adopt it: pulumi import docker:index/container:Container ${name} $(docker inspect -f '{{.Id}}' ${name})`,
    ];
    throw failure(`Unable to create container ${name}`, error, isConflict(error) ? fix.join("\n") : "");
  }
}

async function connect(engine: Docker, made: Container, inputs: ContainerInputs): Promise<void> {
  if (!inputs.networksAdvanced?.length) return;
  if (inputs.networkMode === "bridge") await engine.getNetwork("bridge").disconnect({ Container: made.id });
  for (const { name, aliases } of inputs.networksAdvanced) {
    await engine.getNetwork(name).connect({ Container: made.id, EndpointConfig: { Aliases: aliases } });
  }
}

async function upload(made: Container, { uploads = [] }: ContainerInputs): Promise<void> {
  if (uploads.length === 0) return;
  const files = uploads.map(({ file, content, source, permissions = defaultPermissions }) => ({
    path: file,
    content: content ?? readFileSync(source ?? ""),
    mode: Number.parseInt(permissions, 8),
  }));
  await made.putArchive(tarArchive(files), { path: "/" });
}

async function start(engine: Docker, made: Container, inputs: ContainerInputs, call: Call): Promise<void> {
  if (!inputs.start) return;
  if (!inputs.wait) await made.start();
  else await startUntilHealthy(engine, made, inputs.waitTimeout, call.signal);
}

/** Ignores the error of stopping a stopped container: status 304. */
function unlessStopped(error: { statusCode?: number }): void {
  if (error.statusCode !== 304) throw error;
}
