/** A list with at least one element. */
export type NonEmpty<T> = readonly [T, ...T[]];

/** Returns the list as a `NonEmpty`. @throws Error if the list is empty, which is a bug in this program */
export function nonEmpty<T>(list: readonly T[], name: string): NonEmpty<T> {
  const [first, ...others] = list;
  return [required(first, `first of ${name}`), ...others];
}

/** Returns a value that must exist. @throws Error if the value is undefined, which is a bug in this program */
export function required<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`${name}: must not be undefined`);
  return value;
}
