import { join } from "node:path";
import { stateFolder } from "./env";

/** The local authority: its key never leaves this folder. */
export const caFolder = join(stateFolder, "authority");

/** The authority's certificate: what a browser or a phone has to trust. */
export const caFile = join(caFolder, "authority.crt");
