import { printError } from "./print";

/** Delay before the notice: after this time a user wonders what a command is doing. */
const slowNoticeMs = 2000;

/** If the work takes long, prints on standard error what the command waits for. */
export async function notifyIfSlow<Result>(what: string, work: Promise<Result>): Promise<Result> {
  const notice = setTimeout(() => printError(`${what} ...`), slowNoticeMs);
  try {
    return await work;
  } finally {
    clearTimeout(notice);
  }
}
