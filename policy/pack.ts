import { PolicyPack } from "@pulumi/policy";
import { ConfigRunError } from "../components/config-run-error";
import { UserError } from "../model/user-error";
import { readConfiguration } from "../stacks/configuration";
import { policyContext } from "./context";
import { toPolicies } from "./policies";
import { rules } from "./rules/index";
import { waivers } from "./waivers";

/**
 * The engine passes every value to a pack in clear, without a mark on encrypted ones: the program checks those. It also passes
 * the empty defaults of Pulumi.yaml, which mean "not set".
 */
const configuration = readStack(() => readConfiguration((_, value) => value !== ""));

new PolicyPack("livekit-stack", {
  displayName: "livekit-stack",
  description: "The controls of this stack that can be judged before anything is made.",
  policies: toPolicies(rules, policyContext(configuration), waivers),
});

/** A mistake in the settings is told as the program itself tells it, without a stack trace. */
function readStack<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof UserError ? new ConfigRunError(error.message) : error;
  }
}
