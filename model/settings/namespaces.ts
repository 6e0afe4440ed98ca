import { distance } from "fastest-levenshtein";
import type { ConfigError } from "../user-error";
import { maxTypoDistance } from "./parse";
import { keySpecs } from "./schema";

/** Namespace of the stack's keys. It equals the project's name, which Pulumi also adds to a key without a namespace. */
export const ownNamespace = "livekit";

/** Namespaces that Pulumi and the program's providers read. */
const otherNamespaces = ["pulumi", "aws", "docker", "command"];

/**
 * Returns errors for keys that look like the stack's own but have another namespace, because Pulumi ignores them.
 * @param keys each as `namespace:name`
 */
export function namespaceErrors(keys: readonly string[]): ConfigError[] {
  return keys
    .map((key) => ({ key, namespace: key.split(":")[0] ?? "", name: key.split(":").at(-1) ?? "" }))
    .filter(
      ({ namespace, name }) =>
        namespace !== ownNamespace && !otherNamespaces.includes(namespace) && isOurs(namespace, name),
    )
    .map(({ key, namespace, name }) => ({
      key,
      rule: `the key must have the namespace ${ownNamespace}, because nothing reads the namespace ${namespace}`,
      fix: `Rename it in the stack file to ${ownNamespace}:${name}`,
    }));
}

function isOurs(namespace: string, name: string): boolean {
  const near = namespace.toLowerCase();
  return (
    near.includes(ownNamespace) || distance(near, ownNamespace) <= maxTypoDistance || Object.hasOwn(keySpecs, name)
  );
}
