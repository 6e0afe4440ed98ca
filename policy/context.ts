import { secretTexts } from "../model/aws/keys";
import { type AwsPlan, planAws } from "../model/aws/plan";
import type { PortTable } from "../model/ports/table";
import { portTable } from "../model/ports/table";
import type { Configuration } from "../model/settings/parse";
import type { Settings } from "../model/settings/schema";

/** The stack's desired state according to its settings. Rules compare resources with it. */
export interface PolicyContext {
  readonly settings: Settings;
  readonly ports: PortTable;
  /** Plan of a stack on AWS. */
  readonly plan?: AwsPlan;
  /** Secret texts that may occur only in the properties meant for them. */
  readonly secrets: readonly string[];
}

/** Plans a stack from its settings. Needs no AWS account and no running Pulumi engine. */
export function policyContext({ settings, secrets }: Configuration): PolicyContext {
  return {
    settings,
    ports: portTable(settings),
    ...(settings.target === "aws" && { plan: planAws(settings) }),
    secrets: confidential(secretTexts(secrets)),
  };
}

/** Returns the texts without API keys: a key is an identifier and a plain output, unlike its secret. */
function confidential(texts: Readonly<Record<string, string>>): string[] {
  return Object.entries(texts).flatMap(([name, text]) => (name.startsWith("apiKey.") ? [] : [text]));
}
