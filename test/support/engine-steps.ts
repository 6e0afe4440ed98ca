/** What an operation of the engine did, in order of words: `updated network`. */
export function steps(stdout: string): string[] {
  const lines = stdout.matchAll(/^ *\S+ +aws:\S+ (\S+) (created|updated|deleted|replaced) /gm);
  return [...lines].map(([, name, what]) => `${what} ${name}`).sort();
}
