/** Returns a value that a description always has. @throws Error if it is undefined */
export function required<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`${name}: must not be undefined`);
  return value;
}
