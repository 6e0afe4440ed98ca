import type { Properties } from "../plugin/values";

/** What the program asks the account. */
export const functions: Readonly<Record<string, (args: Properties) => Promise<Properties>>> = {};
