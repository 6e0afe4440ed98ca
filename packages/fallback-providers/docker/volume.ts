import type { VolumeInspectInfo } from "dockerode";
import { z } from "zod";
import {
  docker,
  failure,
  fromLabelMap,
  labelSet,
  orGone,
  removal,
  schemaVersion,
  toLabelMap,
} from "../../provider-kit/docker";
import { defineType } from "../../provider-kit/resource-type";
import type { Properties } from "../../provider-kit/values";

/** `docker:index/volume:Volume`. As with Docker and the official plugin, creating an existing volume adopts it. */
export const volume = defineType({
  token: "docker:index/volume:Volume",
  inputs: {
    name: z.string().optional(),
    driver: z.string().optional(),
    labels: labelSet,
  },
  replaceOn: ["name", "driver", "labels"],
  keptWhenLeftOut: ["name", "driver"],
  unordered: ["labels"],
  computed: ["name", "driver", "mountpoint"],
  async create(inputs) {
    const engine = await docker();
    const options = { Name: inputs.name, Driver: inputs.driver, Labels: toLabelMap(inputs.labels) };
    const created = await engine.createVolume(options).catch((error) => {
      throw failure(`Unable to create volume ${inputs.name ?? ""}`, error);
    });
    const found = await created.inspect();
    return { id: found.Name, outputs: toOutputs(found) };
  },
  async read(id) {
    const engine = await docker();
    const found = await orGone(engine.getVolume(id).inspect());
    return found && { id: found.Name, outputs: toOutputs(found) };
  },
  async delete(id) {
    await removal((await docker()).getVolume(id).remove(), `volume ${id}`);
  },
});

function toOutputs(found: VolumeInspectInfo): Properties {
  return {
    ...schemaVersion(1),
    id: found.Name,
    name: found.Name,
    driver: found.Driver,
    driverOpts: found.Options ?? {},
    labels: fromLabelMap(found.Labels),
    mountpoint: found.Mountpoint,
  };
}
