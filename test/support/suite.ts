/**
 * Declares tests that some machines cannot run. There they are skipped with the reason in the title, which `npm test`
 * lists at its end. In CI, where every test must run, they fail.
 */
export function suiteUnless(obstacle: string | undefined, name: string, body: () => void): void {
  if (obstacle === undefined) describe(name, body);
  else if (process.env["CI"]) test(name, () => Promise.reject(new Error(obstacle)));
  else describe.skip(`${name} (not on this machine: ${obstacle})`, body);
}
