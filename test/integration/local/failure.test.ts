import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "dotenv";
import { TestStack } from "../../support/stack";

const stack = new TestStack("failure");

afterAll(() => stack.remove());

test.each<[string, Record<string, unknown>, RegExp]>([
  [
    "an image that cannot be pulled",
    { images: { coturn: "127.0.0.1:9/coturn:4.18.0" } },
    /Image 127\.0\.0\.1:9\/coturn:4\.18\.0 is not on this machine and can't be pulled/,
  ],
  [
    "overrides that LiveKit rejects",
    { livekitOverrides: { no_such_key: 1 } },
    /livekit: the service rejects its new configuration, and no container was replaced:[\s\S]*no_such_key[\s\S]*livekitOverrides/,
  ],
])(
  "npm start reports an error for %s, shows no secret and stores no secret in plain text",
  async (_, settings, words) => {
    stack.configure(settings);
    const { exitCode, all } = await stack.command("start");
    expect(all).toMatch(words);
    expect(exitCode).toBe(1);
    expect(all).not.toMatch(/\bat .*\.ts:/);
    const kept = textOf(join(stack.home, ".state"));
    const secrets = Object.entries(parse(readFileSync(join(stack.home, ".env")))).filter(([name]) => isSecret(name));
    expect(secrets).toHaveLength(3);
    for (const [, secret] of secrets) {
      expect(all).not.toContain(secret);
      expect(kept).not.toContain(secret);
    }
  },
  900_000,
);

function isSecret(name: string): boolean {
  return /SECRET|PASSWORD/.test(name);
}

function textOf(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((file) => readFileSync(join(file.parentPath, file.name), "utf8")).join("\n");
}
