import type { Rule } from "../rule";
import { containerRules } from "./containers";
import { identityRules } from "./identity";
import { instanceRules } from "./instances";
import { networkRules } from "./network";
import { stackRules } from "./stack";
import { storageRules } from "./storage";

/** Every rule of the pack; each is judged by the settings of the stack at hand. */
export const rules: readonly Rule[] = [
  ...instanceRules,
  ...networkRules,
  ...storageRules,
  ...identityRules,
  ...stackRules,
  ...containerRules,
];
