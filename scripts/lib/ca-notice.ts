import { existsSync } from "node:fs";
import { renderTrustSteps } from "../../model/ca-trust";
import { caFile } from "../../stacks/ca-file";
import { readText } from "../../stacks/read-file";
import { printError } from "./print";

/** Runs work. If it replaced the CA, prints how to trust the new one, also after an error. */
export async function withCaNotice<Result>(work: () => Promise<Result>): Promise<Result> {
  const before = caText();
  try {
    return await work();
  } finally {
    const after = caText();
    if (before !== undefined && after !== undefined && after !== before) {
      printError(`\nThe certificate authority (CA) is new.\n${renderTrustSteps(caFile, process.platform)}`);
    }
  }
}

function caText(): string | undefined {
  return existsSync(caFile) ? readText(caFile) : undefined;
}
