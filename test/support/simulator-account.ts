import type { AwsSimulator } from "../../packages/aws-simulator/network/aws-simulator";
import type { Machine } from "../../packages/aws-simulator/network/machine";
import { trialMachine } from "../../packages/aws-simulator/network/trial";
import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  AttachInternetGatewayCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateInternetGatewayCommand,
  CreateRouteCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeRouteTablesCommand,
  EC2Client,
  type IpPermission,
  RunInstancesCommand,
} from "../../packages/aws-simulator/sdk/ec2";

// The simulator supports every version of Node.js, so this warning is irrelevant.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";

/** Client options for the simulated AWS. */
export function awsOptions({ awsEndpointUrl, accessKeyId }: AwsSimulator, region: string) {
  return { region, endpoint: awsEndpointUrl, credentials: { accessKeyId, secretAccessKey: "simulated" } };
}

/** Returns a rule for one port. */
export function permission(protocol: "tcp" | "udp", port: number, cidr = "0.0.0.0/0"): IpPermission {
  return { IpProtocol: protocol, FromPort: port, ToPort: port, IpRanges: [{ CidrIp: cidr }] };
}

/** One region of a simulator's account: a VPC with a default route to the internet and a security group. */
export class SimulatedRegion {
  private constructor(
    readonly ec2: EC2Client,
    private readonly simulator: AwsSimulator,
    /** Name of the image that its machines run. A machine whose image boots nothing is available immediately. */
    private readonly image: string,
    readonly name: string,
    readonly network: string,
    readonly vpc: string,
    readonly routeTable: string,
    readonly group: string,
  ) {}

  static async make(simulator: AwsSimulator, image: string, name: string, network: string): Promise<SimulatedRegion> {
    const ec2 = new EC2Client(awsOptions(simulator, name));
    const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: network }));
    const VpcId = Vpc?.VpcId ?? "";
    const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand());
    const GatewayId = InternetGateway?.InternetGatewayId ?? "";
    await ec2.send(new AttachInternetGatewayCommand({ VpcId, InternetGatewayId: GatewayId }));
    const { RouteTables } = await ec2.send(
      new DescribeRouteTablesCommand({ Filters: [{ Name: "vpc-id", Values: [VpcId] }] }),
    );
    const RouteTableId = RouteTables?.[0]?.RouteTableId ?? "";
    await ec2.send(new CreateRouteCommand({ RouteTableId, DestinationCidrBlock: "0.0.0.0/0", GatewayId }));
    const { GroupId = "" } = await ec2.send(
      new CreateSecurityGroupCommand({ GroupName: "nodes", Description: "nodes", VpcId }),
    );
    return new SimulatedRegion(ec2, simulator, image, name, network, VpcId, RouteTableId, GroupId);
  }

  /** Creates a subnet and returns its id. */
  async subnet(cidr: string, zone: string): Promise<string> {
    const wanted = { VpcId: this.vpc, CidrBlock: cidr, AvailabilityZone: zone };
    const { Subnet } = await this.ec2.send(new CreateSubnetCommand(wanted));
    return Subnet?.SubnetId ?? "";
  }

  async allowIngress(...permissions: readonly IpPermission[]): Promise<void> {
    const wanted = { GroupId: this.group, IpPermissions: [...permissions] };
    await this.ec2.send(new AuthorizeSecurityGroupIngressCommand(wanted));
  }

  /** Launches an instance and returns the machine that simulates it. */
  async launch(
    name: string,
    subnet: { readonly id: string; readonly cidr: string; readonly zone: string },
    privateAddress: string,
    publicAddress?: string,
  ): Promise<Machine> {
    const { Instances } = await this.ec2.send(
      new RunInstancesCommand({
        ImageId: trialMachine("").imageId,
        MinCount: 1,
        MaxCount: 1,
        SubnetId: subnet.id,
        PrivateIpAddress: privateAddress,
        SecurityGroupIds: [this.group],
      }),
    );
    const instanceId = Instances?.[0]?.InstanceId ?? "";
    if (publicAddress) await this.assign(instanceId, publicAddress);
    const { ingress: _, publicAddress: __, role: ___, ...trial } = trialMachine(this.image);
    const { name: region, network } = this;
    const place = { region, zone: subnet.zone, network, subnet: subnet.cidr, privateAddress };
    return this.simulator.launch({ ...trial, ...place, name, instanceId });
  }

  async assign(instanceId: string, address: string): Promise<void> {
    const { AllocationId } = await this.ec2.send(new AllocateAddressCommand({ Domain: "vpc", Address: address }));
    await this.ec2.send(new AssociateAddressCommand({ AllocationId, InstanceId: instanceId }));
  }
}
