/** Longer than this nobody waits without wondering. */
const slowNoticeMs = 2000;

/** Says on standard error what is waited for, once that takes long. */
export async function notifyIfSlow<Result>(what: string, work: Promise<Result>): Promise<Result> {
  const notice = setTimeout(() => console.error(`${what} ...`), slowNoticeMs);
  try {
    return await work;
  } finally {
    clearTimeout(notice);
  }
}
