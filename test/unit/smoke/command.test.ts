import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const project = join(__dirname, "../../..");
/** Nothing listens on this port, and no stack has been up in the home folder. */
const url = "ws://127.0.0.1:9";
let home: string;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "smoke-"));
});

afterAll(() => rmSync(home, { recursive: true }));

function firstLine(args: readonly string[], variables: Readonly<Record<string, string>> = {}): string | undefined {
  const { stderr } = spawnSync(process.execPath, ["scripts/bin.mjs", "smoke", "--paths", "wss", ...args], {
    cwd: project,
    env: { PATH: "/nonexistent", HOME: home, LIVEKIT_STACK_HOME: home, ...variables },
    encoding: "utf8",
  });
  return stderr.split("\n")[0];
}

const server = { LIVEKIT_URL: url, LIVEKIT_API_KEY: "APIkey", LIVEKIT_API_SECRET: "x".repeat(40) };

test("the smoke test prints which server it tests and which option or variable selected the server", () => {
  expect(firstLine([])).toBe("Testing stack dev (the default: neither --stack nor LIVEKIT_URL is set)");
  expect(firstLine(["--stack", "dev"])).toBe("Testing stack dev (from --stack)");
  expect(firstLine(["--stack", "dev"], server)).toBe(
    `Testing stack dev (from --stack, not from LIVEKIT_URL, which is ${url})`,
  );
  expect(firstLine([], server)).toBe(`Testing ${url} (from LIVEKIT_URL; for the local stack: --stack dev)`);
  expect(firstLine(["--url", url], { ...server, LIVEKIT_URL: "ws://other.example.com" })).toBe(
    `Testing ${url} (from --url; for the local stack: --stack dev)`,
  );
});

test.each([
  ["wss://livekit.example.com:99999", "must have a port from 1 to 65535"],
  ["wss://livekit.example.com:0/path", "must have a port from 1 to 65535"],
  ["wss://livekit.example.com:port", "must be a valid URL"],
  ["wss://user:hidden@livekit.example.com", "must have no user name: LiveKit takes tokens"],
  ["wss://user:hidden@livekit.example.com:99999", "must have a port from 1 to 65535"],
  ["https://livekit.example.com", "must be a ws:// or wss:// address"],
])("reports the invalid URL %s as a usage error, not as a failure of the server", (address, rule) => {
  const line = firstLine(["--url", address], server);
  expect(line).toMatch(/^LIVEKIT_URL "/);
  expect(line).toContain(rule);
  expect(line).not.toContain("hidden");
});
