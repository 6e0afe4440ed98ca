/** Returns the steps that an operation printed, sorted, such as `updated network`. */
export function steps(stdout: string): string[] {
  const lines = stdout.matchAll(/^ *\S+ +aws:\S+ (\S+) (created|updated|deleted|replaced) /gm);
  return [...lines].map(([, name, what]) => `${what} ${name}`).sort();
}
