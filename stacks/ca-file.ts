import { join } from "node:path";
import { stateFolder } from "./env";

/** Folder of the local CA, whose key never leaves it. */
export const caFolder = join(stateFolder, "authority");

/** Certificate of the local CA, which a browser or phone must trust. */
export const caFile = join(caFolder, "authority.crt");

/** Certificate of the CA that the current one replaced. Devices may still trust it. */
export const formerCaFile = join(caFolder, "former.crt");
