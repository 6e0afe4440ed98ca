/**
 * Returns a value for a line-based configuration file.
 * @throws if it contains a NUL character or a line break, which would start a new setting
 */
export function oneLine(value: string | number): string {
  const text = String(value);
  if (/[\r\n\0]/.test(text)) throw new Error("a configuration value must not contain a line break or a NUL character");
  return text;
}

/** Joins lines of settings, without the undefined ones, and ends with a line break. */
export function lines(...parts: readonly (string | readonly string[] | undefined)[]): string {
  return `${parts
    .flat()
    .filter((part) => part !== undefined)
    .join("\n")}\n`;
}
