import { PolicyPack } from "@pulumi/policy";
import * as pulumi from "@pulumi/pulumi";
import { Refusal } from "../model/fault";
import { readConfiguration } from "../stacks/configuration";
import { toPolicies } from "./policies";
import { rules } from "./rules/index";
import { subjectOf } from "./subject";
import { waivers } from "./waivers";

/** The engine gives a pack every value in clear and not which are encrypted: that is for the program to judge. */
const configuration = readStack(() => readConfiguration(() => true));

new PolicyPack("livekit-stack", {
  displayName: "livekit-stack",
  description: "The controls of this stack that can be judged before anything is made.",
  policies: toPolicies(rules, subjectOf(configuration), waivers),
});

/** A mistake in the settings is told as the program itself tells it, without a stack trace. */
function readStack<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof Refusal ? new pulumi.RunError(error.message) : error;
  }
}
