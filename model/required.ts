/** A list with at least one element. */
export type NonEmpty<T> = readonly [T, ...T[]];

/** Returns the list with its type. @throws Error if it is empty, which is an error of this program */
export function nonEmpty<T>(list: readonly T[], name: string): NonEmpty<T> {
  const [first, ...others] = list;
  return [required(first, `first of ${name}`), ...others];
}

/** Returns a value that must exist. @throws Error if it is undefined, which is an error of this program */
export function required<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`${name}: must not be undefined`);
  return value;
}
