import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BrokenMachine } from "../../support/broken-machine";

let machine: BrokenMachine;

beforeEach(() => {
  machine = new BrokenMachine();
});
afterEach(() => machine.remove());

const trace = /^\s+at .+:\d+:\d+\)?$/m;
const replaceBy = (path: string, make: (path: string) => void) => {
  rmSync(path, { recursive: true, force: true });
  make(path);
};
const asFolder = (path: string) => replaceBy(path, mkdirSync);
const asFile = (path: string) => replaceBy(path, (file) => writeFileSync(file, "{"));
/**
 * This test runs the command that the error message suggests. The command uses the real Docker engine of this machine, so
 * these cases contain only commands that change nothing.
 */
const withContext = (meta: string) => {
  machine.env = { ...machine.env, DOCKER_HOST: "", DOCKER_CONTEXT: "office" };
  const folder = join(machine.home, ".docker/contexts/meta", createHash("sha256").update("office").digest("hex"));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "meta.json"), meta);
};

/** What is broken, the commands that fail, and their message. A command in the message is the fix. */
const cases: readonly [string, () => void, readonly string[], RegExp][] = [
  [
    ".env is a folder",
    () => asFolder(machine.path(".env")),
    ["start", "secrets", "plan", "doctor"],
    /\.env: this path is a folder/,
  ],
  [
    ".env is unreadable",
    () => chmodSync(machine.path(".env"), 0),
    ["start", "secrets", "plan"],
    /\.env: this user may/,
  ],
  [
    "the stack's folder is read-only",
    () => {
      rmSync(machine.path(".env"));
      chmodSync(machine.stack, 0o500);
    },
    ["start", "secrets", "pulumi-env"],
    /: this user may not read or write it \(EACCES\)\. Allow it: chmod/,
  ],
  [
    "the stack's file is unreadable",
    () => chmodSync(machine.path("Pulumi.dev.yaml"), 0),
    ["start", "plan", "pulumi-env"],
    /Pulumi\.dev\.yaml: this user may not/,
  ],
  [
    "the stack's file is a folder",
    () => asFolder(machine.path("Pulumi.dev.yaml")),
    ["start", "plan"],
    /Pulumi\.dev\.yaml: this path is a folder/,
  ],
  [
    ".state is a file",
    () => asFile(machine.path(".state")),
    ["pulumi-env", "preview"],
    /\.state: this path exists, but is not/,
  ],
  [
    ".state is unreadable",
    () => replaceBy(machine.path(".state"), (path) => mkdirSync(path, { mode: 0 })),
    ["pulumi-env", "render --out OUT"],
    /\.state\/.*: this user may not .* chmod u\+rwX/,
  ],
  [
    "the passphrase is a folder",
    () => mkdirSync(machine.path(".state/passphrase"), { recursive: true }),
    ["pulumi-env", "preview"],
    /\.state\/passphrase: this path is a folder/,
  ],
  [
    "the CA's files contain no key and certificate",
    () => {
      mkdirSync(machine.path(".state/authority"), { recursive: true });
      for (const name of ["authority.key", "authority.crt"]) asFile(machine.path(`.state/authority/${name}`));
    },
    ["render --out OUT"],
    /\.state\/authority: the CA's folder has no readable key and certificate/,
  ],
  ["the cache is a file", () => asFile(machine.cache), ["start", "stop", "preview"], /export XDG_CACHE_HOME=/],
  ["the cache is read-only", () => chmodSync(machine.cache, 0o500), ["start", "secrets"], /export XDG_CACHE_HOME=/],
  [
    "Docker's configuration is not JSON",
    () => {
      machine.env["DOCKER_HOST"] = "";
      asFile(join(machine.home, ".docker/config.json"));
    },
    ["doctor", "logs"],
    /\.docker\/config\.json: the file is not JSON/,
  ],
  [
    "Docker's configuration is a folder",
    () => {
      machine.env["DOCKER_HOST"] = "";
      asFolder(join(machine.home, ".docker/config.json"));
    },
    ["doctor"],
    /\.docker\/config\.json: this path is a folder/,
  ],
  [
    "Docker's context has no host",
    () => withContext('{"Endpoints": {"docker": {}}}'),
    ["doctor"],
    /docker context office: .*meta\.json has no Host/,
  ],
  ["Docker's context is not JSON", () => withContext("{"), ["logs"], /meta\.json: the file is not JSON/],
  [
    "Docker's context has an invalid host",
    () => withContext('{"Endpoints": {"docker": {"Host": "office"}}}'),
    ["doctor"],
    /docker context office: the engine's address must be unix:/,
  ],
  [
    "DOCKER_HOST has an invalid value",
    () => {
      machine.env["DOCKER_HOST"] = "tcp://256.1.1.1:999999";
    },
    ["doctor"],
    /DOCKER_HOST: the engine's address must be unix:/,
  ],
  [
    "Pulumi's credentials file is not JSON",
    () => asFile(join(machine.home, ".pulumi/credentials.json")),
    ["pulumi-env", "preview", "token --room a --identity b"],
    /\.pulumi\/credentials\.json: the file is not JSON/,
  ],
  [
    "Pulumi's credentials file is not a JSON object",
    () => writeFileSync(join(machine.home, ".pulumi/credentials.json"), "null"),
    ["pulumi-env"],
    /\.pulumi\/credentials\.json: the file must contain a JSON object/,
  ],
];

const rows = cases.flatMap(([what, , commands], i) => commands.map((command) => [what, command, i] as const));

test.each(rows)(
  "%s: npm run %s reports the error without a stack trace, and the fix in the message works",
  async (_, command, i) => {
    const [, breakIt, , message] = cases[i] as (typeof cases)[number];
    breakIt();
    const typed = command.replace("OUT", join(machine.folder, "out"));
    const { exitCode, all } = await machine.run(typed);
    expect([exitCode, all]).toEqual([1, expect.stringMatching(message)]);
    expect(all).not.toMatch(trace);
    const [, fix = ""] = /: ((?:mv|chmod|sudo chown|export|unset) .*)$/m.exec(all) ?? [];
    expect(fix).not.toBe("");
    const fixed = await machine.run(typed, fix);
    expect(fixed.all).not.toMatch(message);
    expect(fixed.all).not.toMatch(trace);
  },
);

test.each(["token --room a --identity ", "token --room  --identity a"])(
  "`npm run %s` exits with status 2 (usage error)",
  async (command) => {
    const { exitCode, all } = await machine.run(command);
    expect([exitCode, all]).toEqual([2, expect.stringMatching(/must have 1 to 256 bytes/)]);
    expect(all).not.toMatch(trace);
  },
);

test("npm run plan reports an undefined YAML alias in the stack file, and the fix", async () => {
  writeFileSync(machine.path("Pulumi.dev.yaml"), "config:\n  livekit:domain: *.example.com\n");
  const { exitCode, all } = await machine.run("plan");
  expect([exitCode, all]).toEqual([1, expect.stringMatching(/Pulumi\.dev\.yaml: .*Quote a value that begins with \*/)]);
  expect(all).not.toMatch(trace);
});
