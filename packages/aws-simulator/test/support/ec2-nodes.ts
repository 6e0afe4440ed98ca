import * as ec2 from "@pulumi/aws/ec2";
import type { Provider } from "@pulumi/aws/provider";
import type { RehearsalTools } from "../../../../scripts/toolchain/rehearsal";
import { simulatedRegion as region } from "../../../../test/support/simulated-aws";
import type { AccountImage } from "../../network/moto";

/** Images of the simulated account: Debian's as published, one for another architecture, and one that does not boot. */
export const images = ({ machineImage }: Pick<RehearsalTools, "machineImage">): AccountImage[] => [
  {
    id: "ami-0000000000000a001",
    name: "debian-13-amd64-20260101-1",
    architecture: "x86_64",
    dockerImage: machineImage,
  },
  {
    id: "ami-0000000000000a002",
    name: "debian-13-amd64-20260201-1",
    architecture: "x86_64",
    dockerImage: machineImage,
  },
  { id: "ami-0000000000000b001", name: "debian-13-arm64-20260101-1", architecture: "arm64", dockerImage: machineImage },
  { id: "ami-0000000000000c001", name: "lost", architecture: "x86_64", dockerImage: "localhost/livekit-stack/lost:1" },
];

/** Settings that differ between two versions of the nodes. */
export interface NodeOptions {
  readonly names: readonly ("one" | "two")[];
  readonly ami: string;
  readonly tag: string;
  readonly profile: string;
  readonly hops: number;
  readonly gigabytes: number;
  readonly group: "first" | "second";
  readonly protect: boolean;
  readonly instanceType: string;
}

const privateAddresses = { one: "10.0.0.4", two: "10.0.0.5" };

/** Creates nodes as the production program does, in one subnet, each with an Elastic IP. */
export function nodes(provider: Provider, options: NodeOptions) {
  const opts = { provider };
  const { id: vpcId } = new ec2.Vpc("network", { region, cidrBlock: "10.0.0.0/16" }, opts);
  const gateway = new ec2.InternetGateway("gateway", { region, vpcId }, opts);
  const { id: subnetId } = new ec2.Subnet("subnet", { region, vpcId, cidrBlock: "10.0.0.0/24" }, opts);
  const groups = { first: group("first"), second: group("second") };
  function group(description: string) {
    return new ec2.SecurityGroup(description, { region, vpcId, description }, opts);
  }
  const made = options.names.map((name) => {
    const address = new ec2.Eip(`${name}-address`, { region, domain: "vpc" }, opts);
    const tags = { Name: options.tag };
    const instance = new ec2.Instance(
      `${name}-instance`,
      {
        region,
        ami: options.ami,
        instanceType: options.instanceType,
        subnetId,
        privateIp: privateAddresses[name],
        vpcSecurityGroupIds: [groups[options.group].id],
        iamInstanceProfile: options.profile,
        metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: options.hops },
        rootBlockDevice: { volumeType: "gp3", volumeSize: options.gigabytes, encrypted: true, tags },
        maintenanceOptions: { autoRecovery: "default" },
        disableApiTermination: options.protect,
        forceDestroy: true,
        userData: `#!/bin/sh\necho ${name} > /var/lib/user-data\n`,
        userDataReplaceOnChange: false,
        tags,
      },
      { ...opts, deleteBeforeReplace: true, dependsOn: gateway },
    );
    new ec2.EipAssociation(
      `${name}-association`,
      { region, allocationId: address.allocationId, instanceId: instance.id },
      { ...opts, deleteBeforeReplace: true },
    );
    return [name, instance.id] as const;
  });
  return Object.fromEntries(made);
}
