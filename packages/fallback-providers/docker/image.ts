import type Docker from "dockerode";
import type { ImageInspectInfo } from "dockerode";
import { z } from "zod";
import { docker, failure, orGone, removal } from "../../provider-kit/docker";
import type { Call } from "../../provider-kit/resource-type";
import { defineType } from "../../provider-kit/resource-type";
import type { Properties } from "../../provider-kit/values";

/** `docker:index/remoteImage:RemoteImage`. As in the official plugin, its id is the image's id followed by its name. */
export const remoteImage = defineType({
  token: "docker:index/remoteImage:RemoteImage",
  inputs: {
    name: z.string(),
    keepLocally: z.boolean().optional(),
    triggers: z.record(z.string(), z.unknown()).optional(),
  },
  replaceOn: ["name", "triggers"],
  computed: ["imageId", "repoDigest"],
  async create(inputs, call) {
    const found = await findImage(await docker(), inputs.name, call);
    return { id: found.Id + inputs.name, outputs: { ...inputs, ...toOutputs(found, inputs.name) } };
  },
  async read(id, state) {
    const name = z.string({ error: `An image can't be imported: ${id} has no name` }).parse(state["name"]);
    const found = await orGone((await docker()).getImage(name).inspect());
    return found && { id: found.Id + name, outputs: { ...state, ...toOutputs(found, name) } };
  },
  async delete(_id, state) {
    if (state["keepLocally"]) return;
    const name = String(state["name"]);
    await removal((await docker()).getImage(name).remove(), `image ${name}`, "Keep it with keepLocally: true");
  },
});

/** Returns the local image, and pulls it first if it doesn't exist. */
export async function findImage(engine: Docker, name: string, call: Call): Promise<ImageInspectInfo> {
  const local = await orGone(engine.getImage(name).inspect());
  if (local) return local;
  call.log(`pulling ${name}`);
  try {
    const progress = await engine.pull(withTag(name), { abortSignal: call.signal });
    await new Promise<void>((resolve, reject) => {
      engine.modem.followProgress(progress, (error) => (error ? reject(error) : resolve()));
    });
    return await engine.getImage(name).inspect();
  } catch (error) {
    throw failure(`Image ${name} is not on this machine and can't be pulled`, error);
  }
}

/** Adds the tag `latest` if there is none: without a tag, Docker would pull all tags. */
function withTag(name: string): string {
  const lastPart = name.slice(name.lastIndexOf("/") + 1);
  return lastPart.includes(":") || name.includes("@") ? name : `${name}:latest`;
}

function toOutputs(found: ImageInspectInfo, name: string): Properties {
  const repository = name.replace(/@.*$/, "").replace(/:[^:/]*$/, "");
  const digests = found.RepoDigests ?? [];
  const own = digests.find((digest) => digest.startsWith(`${repository}@`));
  return { id: found.Id + name, imageId: found.Id, repoDigest: own ?? digests[0] ?? "" };
}
