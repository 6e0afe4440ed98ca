const { kinds } = require("./test/kinds.json");

/** Packages published only as ES modules. Jest runs CommonJS, so they are compiled like the project's files. */
const esModules = ["jose", "camelcase-keys", "map-obj", "quick-lru"];

const project = ({ name, folders }) => ({
  displayName: name,
  testMatch: folders.map((folder) => `<rootDir>/${folder}/**/*.test.ts`),
  testEnvironment: "<rootDir>/test/support/measured-environment.cjs",
  // Pulumi keeps its runtime state on the global object and reads it during exit.
  testEnvironmentOptions: { globalsCleanup: "off" },
  setupFilesAfterEnv: ["<rootDir>/test/support/limit.ts"],
  transform: { "\\.[mc]?[jt]s$": "@sucrase/jest-plugin" },
  transformIgnorePatterns: [`node_modules/(?!(${esModules.join("|")})/)`],
});

module.exports = {
  projects: kinds.map(project),
  // A worker frees half a gigabyte of memory when it exits. On a busy machine that takes longer than Jest's 500 ms, after
  // which Jest would warn about a worker that failed to exit, although no test left anything open.
  workerGracefulExitTimeout: 30_000,
  testSequencer: "<rootDir>/test/support/slowest-first.cjs",
};
