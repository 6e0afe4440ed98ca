import { check } from "../../../provider-kit/resource-type";
import type { Properties } from "../../../provider-kit/values";
import { ec2Types } from "../../provider/ec2/types";

const region = "eu-central-1";
const group = { region, name: "nodes", description: "Nodes: the port table", vpcId: "vpc-1" };
const rule = { region, securityGroupId: "sg-1", ipProtocol: "-1", cidrIpv4: "10.0.0.0/16" };
const instance = {
  region,
  ami: "ami-1",
  instanceType: "c7i.large",
  subnetId: "subnet-1",
  vpcSecurityGroupIds: ["sg-1"],
  metadataOptions: { httpTokens: "required" },
};

/** Type, arguments and error; no error if AWS accepts them. */
const validated: readonly (readonly [type: string, inputs: Properties, said: RegExp | undefined])[] = [
  ["SecurityGroup", group, undefined],
  ["SecurityGroup", { ...group, description: "._-:/()#,@[]+=&;{}!$* and 255 at most" }, undefined],
  ["SecurityGroup", { ...group, description: "the node's ports" }, /description: must be letters, digits/],
  ["SecurityGroup", { ...group, description: "a".repeat(256) }, /description: must be at most 255/],
  ["SecurityGroup", { ...group, name: "nœuds" }, /name: must be letters, digits/],
  ["SecurityGroup", { ...group, name: "sg-nodes" }, /name: must not begin with sg-/],
  ["SecurityGroupIngressRule", { ...rule, description: "LiveKit: RTC over UDP (mux)" }, undefined],
  ["SecurityGroupIngressRule", { ...rule, description: "80 % of them" }, /description: must be letters, digits/],
  ["SecurityGroupIngressRule", { ...rule, cidrIpv4: "0.0.0.0/0" }, undefined],
  ["SecurityGroupIngressRule", { ...rule, cidrIpv4: "10.0.0.1/16" }, /cidrIpv4: .*represents a network address/],
  ["SecurityGroupEgressRule", { ...rule, cidrIpv4: "10.0.0.0" }, /cidrIpv4: must be a valid IPv4 CIDR/],
  ["Instance", { ...instance, rootBlockDevice: { volumeSize: 8 } }, undefined],
  [
    "Instance",
    { ...instance, rootBlockDevice: { volumeSize: 7 } },
    /volumeSize: must be at least 8.*BlockDeviceMapping/,
  ],
  ["Instance", { ...instance, userData: "é".repeat(8193) }, /userData: must be no longer than 16384 bytes/],
  ["Instance", { ...instance, metadataOptions: { httpTokens: "optional" } }, /httpTokens: must be required/],
  ["Instance", { ...instance, keyName: "mine" }, /keyName of aws:ec2\/instance:Instance is not implemented/],
  ["SecurityGroupIngressRule", { ...rule, ipProtocol: "tcp", toPort: 443 }, /fromPort, toPort: required/],
  ["Route", { region, routeTableId: "rtb-1", destinationCidrBlock: "0.0.0.0/0" }, /gatewayId, vpcPeeringConnectionId/],
];

describe("the fallback provider's EC2 resource types", () => {
  test.each(validated)("%s accepts or rejects the inputs %j as AWS does", (name, inputs, said) => {
    const type = ec2Types.find(({ token }) => token.endsWith(`:${name}`));
    if (!type) throw new Error(`there is no resource type ${name}`);
    const { failures } = check(type, inputs, "aws");
    if (said) expect(failures.join("\n")).toMatch(said);
    else expect(failures).toEqual([]);
  });
});
