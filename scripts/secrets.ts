import { Command } from "commander";
import { envNames } from "../model/settings/secrets";
import { envFile } from "../stacks/env";
import { npm, runMain } from "./cli";
import { exclusively } from "./exclusive";
import { ensureSecrets, freshSecrets, readEnvFile, writeEnvFile } from "./secret-file";
import { cannot } from "./tools/machine";

const { apiKey, apiSecret, turnSecret, previousApiKey, previousApiSecret, previousTurnSecret } = envNames;

runMain(async () => {
  const { stack, rotate, finish } = new Command("secrets")
    .description("Makes the local stack's missing secrets, or rotates them so that old and new both work meanwhile.")
    .option("--stack <name>", "the stack; local ones share one .env", "dev")
    .option("--rotate", "make new secrets; the API key and the TURN secret of before stay valid")
    .option("--finish", "end a rotation: the secrets of before stop working")
    .allowExcessArguments(false)
    .exitOverride()
    .parse()
    .opts<{ stack: string; rotate?: boolean; finish?: boolean }>();
  if (rotate && finish) throw cannot("--rotate --finish", "one ends what the other begins", "Give one of them");
  await exclusively("npm run secrets", async () => {
    if (rotate) startRotation(stack);
    else if (finish) endRotation();
    else report(ensureSecrets());
  });
  if (rotate || finish) console.log(`Bring it into force with: ${npm("start", { stack })}`);
  return 0;
});

function report(made: readonly string[]): void {
  console.log(made.length > 0 ? `Made in ${envFile}: ${made.join(", ")}` : `${envFile} has every secret already.`);
}

/** Redis has no overlap: LiveKit and Redis change together, and nobody else knows its password. */
function startRotation(stack: string): void {
  ensureSecrets();
  const current = readEnvFile();
  if (current[previousApiKey]) {
    throw cannot(
      "--rotate",
      "a rotation is under way: a third set of secrets would cut off those who use the first",
      `End it, once applications use the new secrets, with: ${npm("secrets", { stack }, "--finish")}`,
    );
  }
  writeEnvFile({
    ...freshSecrets(),
    [previousApiKey]: current[apiKey],
    [previousApiSecret]: current[apiSecret],
    [previousTurnSecret]: current[turnSecret],
  });
  console.log(`Rotated in ${envFile}. The API key and TURN secret of before stay valid until --finish.`);
}

function endRotation(): void {
  if (!readEnvFile()[previousApiKey])
    throw cannot("--finish", "no rotation is under way", "Begin one with: npm run secrets -- --rotate");
  writeEnvFile({ [previousApiKey]: undefined, [previousApiSecret]: undefined, [previousTurnSecret]: undefined });
  console.log(`The secrets of before are gone from ${envFile}.`);
}
