/** Longer than this nobody waits without wondering. */
const patienceMs = 2000;

/** Says on standard error what is waited for, once that takes long. */
export async function awaiting<Result>(what: string, work: Promise<Result>): Promise<Result> {
  const notice = setTimeout(() => console.error(`${what} ...`), patienceMs);
  try {
    return await work;
  } finally {
    clearTimeout(notice);
  }
}
