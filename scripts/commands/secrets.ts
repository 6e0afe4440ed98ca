import { secretKeys } from "../../model/settings/schema";
import { nameStack } from "../../model/stack-commands";
import { cannot } from "../../model/user-error";
import { bringUp, command, npm, runMain } from "../lib/cli";
import { exclusively } from "../lib/exclusive";
import { isMonitored, isOnAws } from "../lib/load-stack";
import { print } from "../lib/print";
import { changeSecrets, freshSecrets, makeMissing, type SecretStore, secretFile } from "../lib/secret-file";
import { notifyIfSlow } from "../lib/slow-notice";
import { readStackFile } from "../lib/stack-file";

runMain(async () => {
  const { stack, rotate, finish, yes } = command("secrets")
    .description("Creates a stack's missing secrets, or rotates secrets so that old and new ones both work for a time.")
    .option("--stack <name>", "the stack; local ones share one .env", "dev")
    .option("--rotate", "create new secrets; the previous API key and TURN secret stay valid")
    .option("--finish", "end a rotation: the previous secrets stop working")
    .option("--yes", "replace missing secrets without a prompt, even if a stack is up with the old ones")
    .parse()
    .opts<{ stack: string; rotate?: boolean; finish?: boolean; yes?: boolean }>();
  if (rotate && finish)
    throw cannot(
      "--rotate --finish",
      "the two options can't be used together: --finish ends a rotation that --rotate started",
      "Use only one of the two options",
    );
  const onAws = isOnAws(stack);
  if ((rotate || finish) && !onAws) rejectConfiguredSecrets(stack, rotate ? "--rotate" : "--finish");
  await exclusively("npm run secrets", async () => {
    const store = onAws ? await stackConfiguration(stack) : secretFile;
    if (!onAws && !yes) await confirmMissing(stack);
    const made = await notifyIfSlow(`Reading ${store.name}`, makeMissing(store, isMonitored(stack)));
    // A new key needs no rotation: no application uses it yet.
    if (rotate && !made.includes("apiKey")) await startRotation(store, stack);
    else if (finish) await endRotation(store, stack);
    else print(made.length > 0 ? `Created in ${store.name}: ${made.join(", ")}` : `${store.name} has every secret.`);
  });
  if (rotate || finish) print(bringIntoForce(stack));
  return 0;
});

function bringIntoForce(stack: string): string {
  return `Apply it with: ${bringUp(stack, isOnAws(stack))}`;
}

/** Rejects secrets in a local stack's file: they override `.env`, and a rotation changes only `.env`. */
function rejectConfiguredSecrets(stack: string, flag: string): void {
  const { path, config } = readStackFile(stack);
  const configured = secretKeys.map((key) => `livekit:${key}`).filter((key) => config[key]);
  if (configured.length === 0) return;
  const removal = configured.map((key) => nameStack(stack, `pulumi config rm ${key}`)).join("; ");
  throw cannot(
    flag,
    `${path} sets ${configured.join(", ")}: this file overrides .env, and a rotation changes only .env`,
    `Remove these keys with: ${removal}`,
  );
}

/** Prompts before missing secrets are replaced. Loads the module lazily: this is rare. */
async function confirmMissing(stack: string): Promise<void> {
  const { confirmNewSecrets } = require("../lib/new-secrets") as typeof import("../lib/new-secrets");
  const { findEngine } = require("../toolchain/docker") as typeof import("../toolchain/docker");
  const engine = await findEngine().catch(() => undefined);
  await confirmNewSecrets(stack, engine?.docker, npm("secrets", { stack }, "--yes"));
}

/** Opens a stack's encrypted configuration. Loads the module lazily: local stacks need no Pulumi for their secrets. */
async function stackConfiguration(stack: string): Promise<SecretStore> {
  const { SecretConfig } = require("../lib/secret-config") as typeof import("../lib/secret-config");
  return SecretConfig.open(stack);
}

/**
 * Starts a rotation. Does not keep Redis's old password: LiveKit and Redis change together, and no other program uses
 * the password.
 */
async function startRotation(store: SecretStore, stack: string): Promise<void> {
  const { apiKey, apiSecret, turnSecret, previousApiKey } = await store.read();
  if (previousApiKey) {
    throw cannot(
      "--rotate",
      "a rotation is already in progress, and a third set of secrets would break applications that still use the first set",
      `When all applications use the new secrets, finish the rotation with: ${npm("secrets", { stack }, "--finish")}`,
    );
  }
  // Previous secrets come first: if a store writes key by key and is interrupted, it still contains every secret in
  // use.
  const changes = {
    previousApiKey: apiKey,
    previousApiSecret: apiSecret,
    previousTurnSecret: turnSecret,
    ...freshSecrets(isMonitored(stack)),
  };
  await notifyIfSlow(
    `Writing ${Object.keys(changes).length} secrets into ${store.name}`,
    changeSecrets(store, changes),
  );
  print(`Rotated in ${store.name}. The previous API key and TURN secret stay valid until --finish.`);
}

async function endRotation(store: SecretStore, stack: string): Promise<void> {
  const { apiKey, previousApiKey } = await store.read();
  if (!previousApiKey)
    throw cannot(
      "--finish",
      "no rotation is in progress",
      `Start a rotation with: ${npm("secrets", { stack }, "--rotate")}`,
    );
  // Loaded lazily: nothing else in this command needs the Pulumi engine.
  const { apiKeyInForce } = require("../lib/stack-outputs") as typeof import("../lib/stack-outputs");
  const inForce = await apiKeyInForce(stack);
  if (inForce !== undefined && inForce !== apiKey)
    throw cannot("--finish", `stack ${stack} still accepts only the previous secrets`, bringIntoForce(stack));
  await changeSecrets(store, {
    previousApiKey: undefined,
    previousApiSecret: undefined,
    previousTurnSecret: undefined,
  });
  print(`Removed the previous secrets from ${store.name}.`);
}
