import { secretTexts } from "../model/aws/keys";
import { type AwsPlan, planAws } from "../model/aws/plan";
import { portTable } from "../model/port-plan";
import type { PortTable } from "../model/ports";
import type { Configuration } from "../model/settings/parse";
import type { Settings } from "../model/settings/schema";

/** What a stack is to be by its settings: resources are judged by it. */
export interface PolicyContext {
  readonly settings: Settings;
  readonly ports: PortTable;
  /** Of a stack on AWS. */
  readonly plan?: AwsPlan;
  /** Texts that stand nowhere but in their places. */
  readonly secrets: readonly string[];
}

/** Plans a stack by its settings; needs neither an account nor an engine. */
export function policyContext({ settings, secrets }: Configuration): PolicyContext {
  return {
    settings,
    ports: portTable(settings),
    ...(settings.target === "aws" && { plan: planAws(settings) }),
    secrets: confidential(secretTexts(secrets)),
  };
}

/** An API key is a name, and an output in clear; its secret is not. */
function confidential(texts: Readonly<Record<string, string>>): string[] {
  return Object.entries(texts).flatMap(([name, text]) => (name.startsWith("apiKey.") ? [] : [text]));
}
