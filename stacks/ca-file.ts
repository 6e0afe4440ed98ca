import { join } from "node:path";
import { stateFolder } from "./env";

/** Folder of the local CA, whose key never leaves it. */
export const caFolder = join(stateFolder, "authority");

/** Certificate of the local CA, which a browser or phone must trust. */
export const caFile = join(caFolder, "authority.crt");
