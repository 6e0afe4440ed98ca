import {
  DeleteRolePolicyCommand,
  GetRolePolicyCommand,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { awsError } from "../../aws-error";
import { orGone } from "../../clients";
import { managed } from "../../managed";
import { normalPolicy, policyText } from "../policy-text";
import { iam, iamName } from "./client";

/** Limit for all inline policies of a role together, without whitespace (IAM's quotas). */
const maxCharacters = 10_240;

/** `aws:iam/rolePolicy:RolePolicy` */
export const rolePolicy = managed({
  token: "aws:iam/rolePolicy:RolePolicy",
  inputs: { name: iamName(128), role: iamName(64), policy: policyText },
  autoName: "name",
  replaceOn: ["name", "role"],
  computed: [],
  async make({ name, role, policy }) {
    await put(role, name, policy);
    return `${role}:${name}`;
  },
  async set(id, { policy }, before) {
    if (before) await put(...partsOf(id), policy);
  },
  async find(id) {
    const [role, name] = partsOf(id);
    return { role, name, policy: await policyOf(role, name) };
  },
  remove(id) {
    const [RoleName, PolicyName] = partsOf(id);
    return iam().send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
  },
});

/** Splits an id. Neither name can contain a colon. */
function partsOf(id: string): [role: string, name: string] {
  const [role = "", name = ""] = id.split(":");
  return [role, name];
}

async function put(RoleName: string, PolicyName: string, PolicyDocument: string): Promise<void> {
  await validateSize(RoleName, PolicyName, PolicyDocument);
  await iam().send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));
}

async function policyOf(RoleName: string, PolicyName: string): Promise<string> {
  const { PolicyDocument = "{}" } = await iam().send(new GetRolePolicyCommand({ RoleName, PolicyName }));
  return normalPolicy(decodeURIComponent(PolicyDocument));
}

/** Validates the policies' size, because moto accepts any size. @throws IAM's error */
async function validateSize(RoleName: string, PolicyName: string, policy: string): Promise<void> {
  const { PolicyNames = [] } = (await orGone(iam().send(new ListRolePoliciesCommand({ RoleName })))) ?? {};
  const others = PolicyNames.filter((name) => name !== PolicyName).map((name) => policyOf(RoleName, name));
  const characters = [policy, ...(await Promise.all(others))].join("").replaceAll(/\s/g, "").length;
  if (characters <= maxCharacters) return;
  const words = `Maximum policy size of ${maxCharacters} bytes exceeded for role ${RoleName}`;
  throw awsError("IAM", "PutRolePolicy", "LimitExceeded", words);
}
