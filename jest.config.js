const { kinds } = require("./test/kinds.json");

/** Packages published as ES modules only; Jest runs CommonJS, so they are compiled like our own files. */
const esModules = ["jose", "camelcase-keys", "map-obj", "quick-lru"];

const project = ({ name, files }) => ({
  displayName: name,
  testMatch: [`<rootDir>/test/${files}/*.test.ts`],
  testEnvironment: "<rootDir>/test/support/measured-environment.cjs",
  // Pulumi keeps its runtime's state on the global object, and reads it while it exits.
  testEnvironmentOptions: { globalsCleanup: "off" },
  setupFilesAfterEnv: ["<rootDir>/test/support/limit.ts"],
  transform: { "\\.[mc]?[jt]s$": "@sucrase/jest-plugin" },
  transformIgnorePatterns: [`node_modules/(?!(${esModules.join("|")})/)`],
});

module.exports = {
  projects: kinds.map(project),
  // A worker whose tests left nothing open still frees half a gigabyte as it ends: on a busy machine more than Jest's 500 ms,
  // after which it tells of a worker that does not end.
  workerGracefulExitTimeout: 30_000,
  testSequencer: "<rootDir>/test/support/slowest-first.cjs",
};
