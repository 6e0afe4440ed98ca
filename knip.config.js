// Finds files, exports and dependencies that nothing uses. Jest's tests, `main` and npm's scripts are entries by themselves.

/** @type {import("knip").KnipConfig} */
module.exports = {
  // Without the type, knip sees which exports a lazy `require` takes.
  compilers: { ts: (text) => text.replaceAll(/ as typeof import\("[^"]+"\)/g, "") },
  // A type in the signature of an exported function may be exported with it.
  ignoreExportsUsedInFile: { interface: true, type: true },
  // Programs of the system.
  exclude: ["binaries"],
  // Pulumi's SDK brings it: its messages have to be of the same copy.
  ignoreDependencies: ["google-protobuf"],
  workspaces: {
    ".": {
      entry: [
        // Each starts by its path: as a command, in a browser, in a test client's network, or by the engine.
        "scripts/commands/*.ts",
        "scripts/benchmark/{empty,preview}.cjs",
        "page/call.ts",
        "policy/index.cjs",
        "examples/**/route.ts",
        "examples/browser/*.ts",
        "test/support/outside/*.ts",
        "test/support/{aws-plugin/main,pulumi-program}.ts",
      ],
      project: ["**/*.{ts,cjs,mjs,js}", "!packages/**"],
    },
    "packages/aws-simulator": { entry: ["{network/gateway,provider/main}.ts"], project: ["**/*.ts"] },
    "packages/fallback-providers": { entry: ["*/main.ts"], project: ["**/*.ts"] },
    "packages/provider-kit": { project: ["**/*.ts"] },
  },
};
