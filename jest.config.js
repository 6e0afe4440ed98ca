/** Packages published as ES modules only; Jest runs CommonJS, so they are compiled like our own files. */
const esModules = ["jose", "camelcase-keys", "map-obj", "quick-lru"];

const project = (name) => ({
  displayName: name,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  testEnvironment: "node",
  globalTeardown: "<rootDir>/test/support/unfinished.cjs",
  // Pulumi keeps its runtime's state on the global object, and reads it while it exits.
  testEnvironmentOptions: { globalsCleanup: "off" },
  transform: { "\\.[mc]?[jt]s$": "@sucrase/jest-plugin" },
  transformIgnorePatterns: [`node_modules/(?!(${esModules.join("|")})/)`],
});

module.exports = {
  projects: ["unit", "components", "integration", "rehearsal"].map(project),
  maxWorkers: 2,
  // Tests start processes that compile first, real servers and whole stacks, on a machine that does other things meanwhile.
  testTimeout: 300_000,
};
