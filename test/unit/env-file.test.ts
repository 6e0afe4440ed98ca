import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "dotenv";
import fc from "fast-check";
import { testSecrets } from "../support/settings";

const home = mkdtempSync(join(tmpdir(), "livekit-stack-env-"));
process.env["LIVEKIT_STACK_HOME"] = home;
const { readEnv } = require("../../stacks/env") as typeof import("../../stacks/env");
const { changeSecrets, secretFile, writeEnvFile } =
  require("../../scripts/lib/secret-file") as typeof import("../../scripts/lib/secret-file");

const path = join(home, ".env");

afterAll(() => rmSync(home, { recursive: true }));

test.each(["export ", "export\t", "  ", "\uFEFF"])(
  "finishing a rotation removes previous secrets from .env even if their lines begin with %j",
  async (start) => {
    const { apiSecret = "" } = testSecrets;
    writeFileSync(
      path,
      `${start}PREVIOUS_LIVEKIT_API_KEY = "APIold"\r\n${start.trimStart()}LIVEKIT_API_SECRET='${apiSecret}'\r\n`,
    );
    expect(readEnv().secrets).toEqual({ previousApiKey: "APIold", apiSecret });
    await changeSecrets(secretFile, { previousApiKey: undefined });
    expect(readEnv().secrets).toEqual({ apiSecret });
    expect(readFileSync(path, "utf8")).not.toContain("APIold");
  },
);

test.each([
  ["A=1\nTURN_SECRET=hidden#value\n", 2, /unquoted #.*Quote the value/],
  ["A=1\n\nTURN_SECRET='hidden' # value\n", 3, /unquoted #/],
  ["TURN_SECRET hidden\n", 1, /NAME=value/],
  ["TURN_SECRET: hidden\n", 1, /NAME=value/],
  ["TURN_SECRET='hidden\nvalue'\n", 1, /NAME=value/],
])(
  "the error about the invalid .env text %j has the line number, and does not contain the value",
  (text, line, rule) => {
    writeFileSync(path, text);
    for (const use of [readEnv, () => writeEnvFile({ A: "2" })]) {
      expect(use).toThrow(rule);
      expect(use).toThrow(`${path} line ${line}: `);
      expect(use).not.toThrow(/hidden/);
    }
    expect(readFileSync(path, "utf8")).toBe(text);
  },
);

test.each(["utf16le", "latin1"] as const)("readEnv rejects a .env file in the encoding %s", (encoding) => {
  writeFileSync(path, Buffer.from("\uFEFF# gehört\nA=1\n", encoding));
  expect(readEnv).toThrow(/\.env: the file must be UTF-8 text\. Save the file as UTF-8/);
});

test("if a secret store returns other secrets than were written, the error contains the secrets' keys, but not their values", async () => {
  const store = { name: "a store", read: async () => ({ previousApiKey: "hidden" }), change: async () => undefined };
  await expect(changeSecrets(store, { previousApiKey: undefined, apiKey: "hidden" })).rejects.toThrow(
    /^a store: the secret store does not return the values that this command wrote for previousApiKey, apiKey\. /,
  );
});

test("dotenv parses every value as it was written to .env", () => {
  const value = fc.string({ unit: fc.constantFrom(..."aZ09 #'\"\\$=-_äé") }).filter((text) => !/['`].*['`]/.test(text));
  fc.assert(
    fc.property(value, (text) => {
      writeFileSync(path, "OTHER=1\nexport VALUE=old\n# kept\n");
      writeEnvFile({ VALUE: text });
      const expected = { OTHER: "1", VALUE: text };
      expect(parse(readFileSync(path))).toEqual(expected);
      expect(readFileSync(path, "utf8")).toMatch(/^OTHER=1\n# kept\nVALUE=/);
    }),
  );
});

describe("npm run secrets", () => {
  const secrets = (...args: string[]) =>
    spawnSync(process.execPath, ["scripts/bin.mjs", "secrets", "--stack", "test", ...args], {
      cwd: join(__dirname, "../.."),
      env: { PATH: process.env["PATH"], HOME: home, LIVEKIT_STACK_HOME: home },
      encoding: "utf8",
    });
  const lines = Object.entries({ LIVEKIT_API_KEY: "APIold", LIVEKIT_API_SECRET: testSecrets["apiSecret"] });

  beforeEach(() => {
    writeFileSync(join(home, "Pulumi.test.yaml"), "");
    writeFileSync(path, lines.map(([name, value]) => `export ${name}=${value}\n`).join(""));
  });

  test("finishes a rotation if lines of .env begin with export", () => {
    expect(secrets("--rotate").status).toBe(0);
    expect(readEnv().secrets["previousApiKey"]).toBe("APIold");
    writeFileSync(path, readFileSync(path, "utf8").replaceAll(/^PREVIOUS/gm, "export PREVIOUS"));
    expect(secrets("--finish").status).toBe(0);
    expect(readEnv().secrets["apiKey"]).toMatch(/^API\w{12}$/);
    expect(Object.keys(readEnv().secrets).filter((key) => key.startsWith("previous"))).toEqual([]);
  });

  test("rejects a rotation while the stack file overrides a secret of .env", () => {
    writeFileSync(join(home, "Pulumi.test.yaml"), "config:\n  livekit:previousApiKey: APIold\n");
    for (const flag of ["--rotate", "--finish"]) {
      const { status, stderr } = secrets(flag);
      expect([status, stderr]).toEqual([1, expect.stringContaining(`${flag}: ${join(home, "Pulumi.test.yaml")} sets`)]);
      expect(stderr).toContain("pulumi config rm -s test livekit:previousApiKey");
    }
  });
});
