/** Packages published as ES modules only; Jest runs CommonJS, so they are compiled like our own files. */
const esModules = [
  "execa",
  "@sindresorhus",
  "figures",
  "get-stream",
  "human-signals",
  "is-plain-obj",
  "is-stream",
  "is-unicode-supported",
  "npm-run-path",
  "path-key",
  "parse-ms",
  "pretty-ms",
  "strip-final-newline",
  "unicorn-magic",
  "yoctocolors",
  "jose",
  "camelcase-keys",
  "map-obj",
  "quick-lru",
];

const project = (name) => ({
  displayName: name,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  testEnvironment: "node",
  // Pulumi keeps its runtime's state on the global object, and reads it while it exits.
  testEnvironmentOptions: { globalsCleanup: "off" },
  transform: { "\\.[mc]?[jt]s$": ["@swc/jest", { jsc: { target: "es2023", parser: { syntax: "typescript" } } }] },
  transformIgnorePatterns: [`node_modules/(?!(${esModules.join("|")})/)`],
});

module.exports = { projects: ["unit", "components", "integration"].map(project), maxWorkers: 2 };
