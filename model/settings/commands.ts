/** A member of a key as a path of Pulumi's, such as `livekit:tags["cost center"]`. */
export function memberKey(key: string, ...path: readonly PropertyKey[]): string {
  return `${key}${path.map(pathPart).join("")}`;
}

function pathPart(part: PropertyKey): string {
  if (typeof part === "number") return `[${part}]`;
  const name = String(part);
  return /^[\w-]+$/.test(name) ? `.${name}` : `["${name.replaceAll('"', '\\"')}"]`;
}

/** A word for a POSIX shell, quoted where that would read it otherwise. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Sets a member of a key to a value. */
export function setCommand(path: string, value: unknown): string {
  return `pulumi config set --path ${shellWord(path)} ${shellWord(String(value))}`;
}

/** Removes members of keys, in one line to copy. */
export function removeCommand(...paths: readonly string[]): string {
  return paths.map((path) => `pulumi config rm --path ${shellWord(path)}`).join(" && ");
}
