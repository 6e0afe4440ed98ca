import type { Rule } from "../rule";
import { containerRules } from "./containers";
import { identityRules } from "./identity";
import { instanceRules } from "./instances";
import { networkRules } from "./network";
import { stackRules } from "./stack";
import { storageRules } from "./storage";

/** All rules of the pack. Each rule validates resources against the settings of the current stack. */
export const rules: readonly Rule[] = [
  ...instanceRules,
  ...networkRules,
  ...storageRules,
  ...identityRules,
  ...stackRules,
  ...containerRules,
];
