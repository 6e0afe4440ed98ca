import { PolicyPack } from "@pulumi/policy";
import { ConfigRunError } from "../components/config-run-error";
import { UserError } from "../model/user-error";
import { readConfiguration } from "../stacks/configuration";
import { policyContext } from "./context";
import { toPolicies } from "./policies";
import { rules } from "./rules/index";
import { waivers } from "./waivers";

/**
 * Pulumi passes all configuration values to a policy pack in plain text and does not mark encrypted ones, so only the
 * Pulumi program checks encryption. Pulumi also passes the empty defaults of Pulumi.yaml, which mean "not set".
 */
const configuration = readStack(() => readConfiguration((_, value) => value !== ""));

new PolicyPack("livekit-stack", {
  displayName: "livekit-stack",
  description: "Controls of this stack that validate resource inputs before anything is created.",
  policies: toPolicies(rules, policyContext(configuration), waivers),
});

/** Reports a configuration error without a stack trace, as the Pulumi program does. */
function readStack<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof UserError ? new ConfigRunError(error.message) : error;
  }
}
