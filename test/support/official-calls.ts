/**
 * API calls of the official provider for each lookup of the program. Source: the provider's data source of that name.
 */
export const officialQuestions: Readonly<Record<string, readonly string[]>> = {
  "ec2.getAmi": ["ec2:DescribeImages"],
  "ec2.getEips": ["ec2:DescribeAddresses"],
  "ec2.getInstances": ["ec2:DescribeInstances"],
  "ec2.getInstanceTypeOfferings": ["ec2:DescribeInstanceTypeOfferings"],
  "ec2.getVpcs": ["ec2:DescribeVpcs"],
  "kms.getPublicKey": ["kms:GetPublicKey"],
  "route53.getZone": ["route53:ListHostedZones", "route53:GetHostedZone", "route53:ListTagsForResource"],
  "servicequotas.getServiceQuota": ["servicequotas:GetAWSDefaultServiceQuota", "servicequotas:GetServiceQuota"],
};

const ec2 = (calls: string) => calls.split(" ").map((call) => `ec2:${call}`);
const iam = (calls: string) => calls.split(" ").map((call) => `iam:${call}`);
const tags = "CreateTags DeleteTags";
const rules = "ModifySecurityGroupRules";

/**
 * API calls by which the official provider creates, changes and deletes each type. The list contains only calls that
 * are certain, of services for which the role lists single calls. EC2's read calls are left out: the role allows them
 * by one wildcard.
 */
export const officialCalls: Readonly<Record<string, readonly string[]>> = {
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": ec2(
    `RevokeSecurityGroupEgress RevokeSecurityGroupIngress ${tags}`,
  ),
  "aws:ec2/eip:Eip": ec2(`AllocateAddress DisassociateAddress ReleaseAddress ${tags}`),
  "aws:ec2/eipAssociation:EipAssociation": ec2("AssociateAddress DisassociateAddress"),
  "aws:ec2/flowLog:FlowLog": [...ec2(`CreateFlowLogs DeleteFlowLogs ${tags}`), "iam:PassRole"],
  // A changed instance type replaces the instance, so the role needs no permission to stop instances.
  "aws:ec2/instance:Instance": [
    ...ec2(`RunInstances TerminateInstances ModifyInstanceAttribute ModifyInstanceMetadataOptions ${tags}`),
    ...ec2("ModifyInstanceMaintenanceOptions ModifyNetworkInterfaceAttribute ModifyVolume"),
    ...ec2("AssociateIamInstanceProfile DisassociateIamInstanceProfile ReplaceIamInstanceProfileAssociation"),
    "iam:PassRole",
  ],
  "aws:ec2/internetGateway:InternetGateway": ec2(
    `CreateInternetGateway AttachInternetGateway DetachInternetGateway DeleteInternetGateway ${tags}`,
  ),
  "aws:ec2/route:Route": ec2("CreateRoute ReplaceRoute DeleteRoute"),
  "aws:ec2/routeTable:RouteTable": ec2(`CreateRouteTable DisassociateRouteTable DeleteRouteTable ${tags}`),
  "aws:ec2/routeTableAssociation:RouteTableAssociation": ec2(
    "AssociateRouteTable ReplaceRouteTableAssociation DisassociateRouteTable",
  ),
  "aws:ec2/securityGroup:SecurityGroup": ec2(
    `CreateSecurityGroup RevokeSecurityGroupEgress DeleteSecurityGroup ${tags}`,
  ),
  "aws:ec2/subnet:Subnet": ec2(`CreateSubnet ModifySubnetAttribute DeleteSubnet ${tags}`),
  "aws:ec2/vpc:Vpc": ec2(`CreateVpc ModifyVpcAttribute DeleteVpc ${tags}`),
  "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": ec2(
    `CreateVpcPeeringConnection DeleteVpcPeeringConnection ${tags}`,
  ),
  "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter": ec2(`AcceptVpcPeeringConnection ${tags}`),
  "aws:elasticache/replicationGroup:ReplicationGroup": iam("CreateServiceLinkedRole"),
  "aws:iam/instanceProfile:InstanceProfile": iam(
    "CreateInstanceProfile GetInstanceProfile AddRoleToInstanceProfile RemoveRoleFromInstanceProfile DeleteInstanceProfile " +
      "TagInstanceProfile UntagInstanceProfile PassRole",
  ),
  "aws:iam/role:Role": iam(
    "CreateRole GetRole ListRolePolicies ListAttachedRolePolicies UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription " +
      "ListInstanceProfilesForRole DeleteRole TagRole UntagRole",
  ),
  "aws:iam/rolePolicy:RolePolicy": iam("PutRolePolicy GetRolePolicy DeleteRolePolicy"),
  "aws:kms/key:Key": [
    ...["CreateKey", "DescribeKey", "GetKeyPolicy", "GetKeyRotationStatus", "ListResourceTags", "ScheduleKeyDeletion"],
    ...["TagResource", "UntagResource", "UpdateKeyDescription"],
  ].map((call) => `kms:${call}`),
  "aws:lb/loadBalancer:LoadBalancer": iam("CreateServiceLinkedRole"),
  "aws:route53/healthCheck:HealthCheck": [
    ...["CreateHealthCheck", "GetHealthCheck", "UpdateHealthCheck", "DeleteHealthCheck"],
    ...["ChangeTagsForResource", "ListTagsForResource"],
  ].map((call) => `route53:${call}`),
  "aws:route53/record:Record": ["ChangeResourceRecordSets", "GetChange", "GetHostedZone", "ListResourceRecordSets"].map(
    (call) => `route53:${call}`,
  ),
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": ec2(
    `AuthorizeSecurityGroupEgress ${rules} RevokeSecurityGroupEgress ${tags}`,
  ),
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ec2(
    `AuthorizeSecurityGroupIngress ${rules} RevokeSecurityGroupIngress ${tags}`,
  ),
};
