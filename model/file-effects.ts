import type { ServiceKind } from "./images";

/**
 * How a running service applies a changed, added or removed file:
 *
 * - `restart`: a new container replaces the old one, whose calls and state are lost.
 * - `restartWhenEmpty`: LiveKit restarts after its last call ends. LiveKit restarts immediately if the relay rejects
 *   LiveKit's old TURN secret.
 * - `reload`: the service reads its files again when it receives the signal in its {@link KindRules}.
 * - `setTurnSecrets`, `setTurnPeers`: the secrets or the allowed peers in Coturn's database are replaced.
 * - `setPassword`: Redis gets another password without a restart. If other parts of the file changed too, Redis
 *   restarts.
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
