/** Formats a member of a key as a Pulumi property path, such as `livekit:tags["cost center"]`. */
export function memberKey(key: string, ...path: readonly PropertyKey[]): string {
  return `${key}${path.map(pathPart).join("")}`;
}

function pathPart(part: PropertyKey): string {
  if (typeof part === "number") return `[${part}]`;
  const name = String(part);
  return /^[\w-]+$/.test(name) ? `.${name}` : `["${name.replaceAll('"', '\\"')}"]`;
}

/** Quotes a word for a POSIX shell where necessary. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Returns the command that sets a member of a key. */
export function setCommand(path: string, value: unknown): string {
  return `pulumi config set --path ${shellWord(path)} ${shellWord(String(value))}`;
}

/** Returns one line that removes all given members. Windows PowerShell 5.1 supports `;`, but not `&&`. */
export function removeCommand(...paths: readonly string[]): string {
  return paths.map((path) => `pulumi config rm --path ${shellWord(path)}`).join("; ");
}
