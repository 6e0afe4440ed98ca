import { rehearsalObstacle } from "../../scripts/toolchain/rehearsal";
import { testMachine } from "./machine";
import { suiteUnless } from "./suite";

/** Declares a suite on the simulated AWS. */
export function simulatorSuite(name: string, body: () => void): void {
  suiteUnless(rehearsalObstacle(testMachine), name, body);
}
