import type { ServiceKind } from "./images";

/**
 * How a running service applies a changed, added or removed file:
 *
 * - `restart`: a new container, which loses the old one's calls and state.
 * - `restartWhenEmpty`: LiveKit restarts after its last call ends; immediately if the relay rejects its old TURN
 *   secret.
 * - `reload`: the service reads its files again when it receives its kind's signal.
 * - `setTurnSecrets`, `setTurnPeers`: Coturn's database gets other secrets or allowed peers.
 * - `setPassword`: Redis gets another password. Redis restarts if more than the file's secrets changed.
 */
export type FileEffect = "restart" | "restartWhenEmpty" | "setTurnSecrets" | "setTurnPeers" | "setPassword" | "reload";

/** Effects by file name in the service's folder. `*` stands for every other file. */
type Effects<E> = Readonly<Record<string, E>>;

/** Rules of one kind of service. A kind that reloads files has a signal. */
export type KindRules =
  | { readonly files: Effects<Exclude<FileEffect, "reload">> }
  | { readonly files: Effects<FileEffect>; readonly signal: string };

/**
 * The only declaration of the effect that a changed file has on its service. Bundles carry these rules to the node's
 * agent, and previews read the rules. The rules depend on kinds and names, not on rendered files, because a removed
 * file is in no bundle.
 */
export const fileRules: Readonly<Partial<Record<ServiceKind, KindRules>>> = {
  nginx: { signal: "HUP", files: { "*": "reload" } },
  coturn: {
    signal: "USR2",
    files: {
      "tls.crt": "reload",
      "tls.key": "reload",
      "turn-secrets": "setTurnSecrets",
      "turn-peers": "setTurnPeers",
    },
  },
  redis: { files: { "*": "setPassword" } },
  livekit: { files: { "turn-secret": "restartWhenEmpty" } },
};

/** Returns the effect of a changed file. A file without a rule restarts its service. */
export function fileEffect(kind: ServiceKind, file: string): FileEffect {
  const files: Effects<FileEffect> | undefined = fileRules[kind]?.files;
  return files?.[file] ?? files?.["*"] ?? "restart";
}
