/** What a test leaves behind must not keep the process alive for ever: it is a failure, told by what was left. */
const patienceMs = 30_000;

module.exports = () => {
  const late = () => {
    process.stderr.write(`still open after the last test: ${process.getActiveResourcesInfo().join(", ")}\n`);
    process.exit(1);
  };
  setTimeout(late, patienceMs).unref();
};
