import { rehearsalObstacle } from "../../scripts/tools/rehearsal";
import { testMachine } from "./machine";

/** Declares a suite on the simulated AWS. Where there can be none it says so, and fails in CI. */
export function groundSuite(name: string, body: () => void): void {
  const obstacle = rehearsalObstacle(testMachine);
  if (obstacle === undefined) describe(name, body);
  else if (process.env["CI"]) test(name, () => Promise.reject(new Error(obstacle)));
  else {
    console.warn(`${name} can't be tested: ${obstacle}`);
    describe.skip(name, body);
  }
}
