import type { KeySpec } from "../../../model/settings/key-spec";
import { parseConfiguration, type RawConfig } from "../../../model/settings/parse";
import { type KeyName, keyNames, keySpecs } from "../../../model/settings/schema";
import { type SecretKey, secretKeys } from "../../../model/settings/secret-specs";
import { renderConfigurationReference } from "../../../scripts/documents/configuration";
import { configured } from "../../support/configured";
import { commandsOf, fenced, pulumiArguments } from "../../support/documents";
import { awsExamples } from "../../support/examples";
import { monitoredSecrets, testSecrets } from "../../support/settings";

/** Settings of a shipped stack of each target, local and AWS, with secrets. */
const [local, aws] = [monitoredSecrets, { ...awsExamples["prod"], ...testSecrets }];
const stacksFor = { aws: [aws], local: [local], any: [local, aws] };
/** Keys whose example is for a local stack. */
const localOnly: readonly KeyName[] = ["target", "publicAddress", "monitoringPassword"];
/** Keys that are valid only as a pair. */
const apiPair: readonly string[] = ["apiKey", "apiSecret"];
const blocks = fenced(renderConfigurationReference(), "bash");

test("every settings key has an example in the reference", () => expect(blocks).toHaveLength(keyNames.length));

test.each(keyNames.map((name, i): [KeyName, string] => [name, blocks[i] ?? ""]))(
  "a stack accepts the reference's example of livekit:%s",
  (name, block) => {
    const commands = commandsOf(block).map((command) => pulumiArguments(command)?.slice(1) ?? []);
    const isSet = (key: string) => !apiPair.includes(name) || !apiPair.includes(key);
    const { target }: KeySpec = keySpecs[name];
    const stacks = stacksFor[localOnly.includes(name) ? "local" : (target ?? "any")];
    const rejections = stacks.map((values) =>
      rejectionOf(commands.reduce(typed, Object.fromEntries(Object.entries(values).filter(([key]) => isSet(key))))),
    );
    expect([block, rejections]).toEqual([block, stacks.map(() => "")]);
  },
);

/** Applies a command to the settings. Secrets that the CLI prompts for get a value. */
function typed(values: RawConfig["values"], args: readonly string[]): RawConfig["values"] {
  const key = args.at(-1)?.replace("livekit:", "") as SecretKey;
  return secretKeys.includes(key)
    ? { ...values, [key]: `${key}-0123456789-0123456789-0123456789` }
    : configured(values, args);
}

function rejectionOf(values: RawConfig["values"]): string {
  try {
    parseConfiguration({ values, encrypted: new Set(secretKeys), env: {} });
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}
