import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Registered, registerAws } from "../support/aws-stack";
import { awsExamples as stacks } from "../support/examples";
import { testSecrets } from "../support/settings";

jest.setTimeout(30_000);

const project = join(__dirname, "../..");

const toUpdate = "UPDATE_GOLDENS=1 npm test -- --only components";

test.each(Object.keys(stacks))(
  `every resource of %s is as its golden file has it; after an intended change: ${toUpdate}`,
  async (name) => {
    const file = join(project, "test/golden", `${name}.json`);
    const text = `${JSON.stringify((await registerAws(stacks[name])).map(shown), null, 2)}\n`;
    for (const secret of Object.values(testSecrets)) expect(text).not.toContain(secret);
    if (process.env["UPDATE_GOLDENS"]) writeFileSync(file, text);
    expect(JSON.parse(text)).toEqual(existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : []);
  },
);

/** A resource as the file shows it: secrets left out, texts by the line, what isn't asked for left out. */
function shown({ type, name, inputs, secretInputs, ...options }: Registered): object {
  const sorted = { ...options, dependencies: options.dependencies.toSorted() };
  const asked = Object.entries(sorted).filter(([, value]) => (Array.isArray(value) ? value.length > 0 : value));
  const readable = Object.entries(inputs).map(([key, value]) => [
    key,
    secretInputs.includes(key) ? "[secret]" : readableInput(key, value),
  ]);
  return { type, name, inputs: Object.fromEntries(readable.sort(byKey)), ...Object.fromEntries(asked) };
}

function readableInput(key: string, value: unknown): unknown {
  if (key === "content") return bundle(JSON.parse(value as string));
  if (key === "environment") return environment(value as Record<string, string>);
  if (key === "interpreter") return ["/bin/sh", "-c", "[templates/node/request.ts]"];
  if (typeof value !== "string" || !/[\n{]/.test(value)) return value;
  return value.startsWith("{") ? JSON.parse(value) : value.split("\n");
}

/** Of the node's program the names alone: its sources are beside. */
function bundle(files: Record<string, string>): object {
  const lines = Object.entries(files).map(([path, text]) => [
    path,
    path.startsWith("agent/") ? "[source]" : text.split("\n"),
  ]);
  return Object.fromEntries(lines.sort(byKey));
}

/** Without the digests that change with every line of the node's program. */
function environment(variables: Record<string, string>): object {
  const digests = { PROGRAM: "[digest]", SHA256: "[digest]" };
  return Object.fromEntries(Object.entries({ ...variables, ...digests }).sort(byKey));
}

function byKey([a]: readonly unknown[], [b]: readonly unknown[]): number {
  return String(a) < String(b) ? -1 : 1;
}
