/** Limit for resources that a test leaves open: after it the run fails and lists them, instead of hanging forever. */
const timeoutMs = 30_000;

module.exports = () => {
  const late = () => {
    process.stderr.write(`still open after the last test: ${process.getActiveResourcesInfo().join(", ")}\n`);
    process.exit(1);
  };
  setTimeout(late, timeoutMs).unref();
};
