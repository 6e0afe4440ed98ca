import type { NetworkInspectInfo } from "dockerode";
import { z } from "zod";
import {
  docker,
  failure,
  fromLabelMap,
  isConflict,
  labelSet,
  orGone,
  removal,
  schemaVersion,
  toLabelMap,
} from "../../provider-kit/docker";
import { defineType } from "../../provider-kit/resource-type";
import type { Properties } from "../../provider-kit/values";

const inputs = {
  name: z.string(),
  driver: z.string().optional(),
  internal: z.boolean().optional(),
  labels: labelSet,
  ipamDriver: z.string().default("default"),
  ipamConfigs: z
    .array(
      z.strictObject({
        subnet: z.string().optional(),
        ipRange: z.string().optional(),
        gateway: z.string().optional(),
        auxAddress: z.record(z.string(), z.string()).optional(),
      }),
    )
    .optional(),
};

/** `docker:index/network:Network`. A network can't be changed, only replaced. */
export const network = defineType({
  token: "docker:index/network:Network",
  inputs,
  replaceOn: ["name", "driver", "internal", "labels", "ipamDriver", "ipamConfigs"],
  keptWhenLeftOut: ["driver", "internal", "ipamConfigs"],
  keptWhenUnknown: ["ipamConfigs"],
  unordered: ["labels", "ipamConfigs"],
  computed: ["driver", "internal", "ipamConfigs", "options", "scope"],
  async create(inputs) {
    const engine = await docker();
    const options = {
      Name: inputs.name,
      CheckDuplicate: true, // Docker engines before API 1.44 would create a second network with the same name.
      Driver: inputs.driver,
      Internal: inputs.internal,
      Labels: toLabelMap(inputs.labels),
      IPAM: { Driver: inputs.ipamDriver, Config: (inputs.ipamConfigs ?? []).map(toIpamConfig) },
    };
    const created = await engine.createNetwork(options).catch((error) => {
      const fix = isConflict(error) ? takenFix(inputs.name) : "";
      throw failure(`Unable to create network ${inputs.name}`, error, fix);
    });
    return { id: created.id, outputs: toOutputs(await created.inspect()) };
  },
  async read(id) {
    const engine = await docker();
    const found: NetworkInspectInfo | undefined = await orGone(engine.getNetwork(id).inspect());
    return found && { id: found.Id, outputs: toOutputs(found) };
  },
  async delete(id) {
    await removal((await docker()).getNetwork(id).remove(), `network ${id}`);
  },
});

function takenFix(name: string): string {
  return [
    `If it is a left-over, remove it: docker network rm ${name}`,
    `If it is wanted, adopt it: pulumi import docker:index/network:Network ${name} $(docker network inspect -f '{{.Id}}' ${name})`,
  ].join("\n");
}

type IpamConfig = NonNullable<z.infer<typeof inputs.ipamConfigs>>[number];

function toIpamConfig({ subnet, ipRange, gateway, auxAddress }: IpamConfig) {
  return { Subnet: subnet, IPRange: ipRange, Gateway: gateway, AuxiliaryAddresses: auxAddress };
}

function toOutputs(found: NetworkInspectInfo): Properties {
  return {
    ...schemaVersion(1),
    id: found.Id,
    name: found.Name,
    driver: found.Driver,
    internal: found.Internal,
    attachable: found.Attachable,
    ingress: found.Ingress,
    ipv6: found.EnableIPv6,
    labels: fromLabelMap(found.Labels),
    ipamDriver: found.IPAM?.Driver,
    ipamOptions: found.IPAM?.Options ?? {},
    ipamConfigs: (found.IPAM?.Config ?? []).map((config) => ({
      subnet: config["Subnet"] ?? "",
      ipRange: config["IPRange"] ?? "",
      gateway: config["Gateway"] ?? "",
      auxAddress: config["AuxiliaryAddresses"] ?? {},
    })),
    options: found.Options ?? {},
    scope: found.Scope,
  };
}
