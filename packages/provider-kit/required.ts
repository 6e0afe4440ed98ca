/** Returns a value that is always set, although its type includes undefined. @throws Error if it is undefined */
export function required<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`${name}: must not be undefined`);
  return value;
}
