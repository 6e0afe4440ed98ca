import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const home = mkdtempSync(join(tmpdir(), "livekit-stack-passphrase-"));
Object.assign(process.env, { LIVEKIT_STACK_HOME: home, PULUMI_HOME: home });
for (const name of ["PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"]) {
  delete process.env[name];
}
const { passphraseVariables } =
  require("../../scripts/lib/passphrase") as typeof import("../../scripts/lib/passphrase");
const { forgetState } =
  require("../../scripts/lib/embedded-state") as typeof import("../../scripts/lib/embedded-state");

const passphrase = join(home, ".state/passphrase");
const state = join(home, ".state/.pulumi/stacks/livekit/dev.json");

beforeEach(() => {
  rmSync(join(home, ".state"), { recursive: true, force: true });
  mkdirSync(dirname(state), { recursive: true });
  writeFileSync(join(home, "Pulumi.dev.yaml"), "config: {}\n");
});
afterAll(() => rmSync(home, { recursive: true }));

test.each([
  ["its state", () => writeFileSync(state, '{"ciphertext": "v1:a"}')],
  ["a state compressed by gzip", () => writeFileSync(`${state}.gz`, "")],
  ["a state compressed by zstd", () => writeFileSync(`${state}.zst`, "")],
  ["its file", () => writeFileSync(join(home, "Pulumi.dev.yaml"), "config: {}\nencryptionsalt: v1:a:v1:b:c\n")],
])(
  "creates no passphrase if a stack has encrypted values in %s, and does not replace an empty passphrase",
  (_, encrypt) => {
    encrypt();
    expect(() => passphraseVariables("dev")).toThrow(/\.state\/passphrase: is missing/);
    expect(existsSync(passphrase)).toBe(false);
    writeFileSync(passphrase, "\n");
    expect(() => passphraseVariables("dev")).toThrow(/\.state\/passphrase: is missing/);
  },
);

test("creates a passphrase for the stack once, and uses PULUMI_CONFIG_PASSPHRASE instead if the user sets the variable", () => {
  writeFileSync(state, "{}");
  expect(passphraseVariables("dev")).toEqual({ PULUMI_CONFIG_PASSPHRASE_FILE: passphrase });
  writeFileSync(state, '{"ciphertext": "v1:a"}');
  expect(passphraseVariables("dev")).toEqual({ PULUMI_CONFIG_PASSPHRASE_FILE: passphrase });
  rmSync(passphrase);
  process.env["PULUMI_CONFIG_PASSPHRASE"] = "";
  expect(passphraseVariables("dev")).toEqual({});
  delete process.env["PULUMI_CONFIG_PASSPHRASE"];
});

test.each(["", ".gz", ".zst"])(
  "forgetting the state dev.json%s renames it to a name that the Pulumi engine does not read",
  (ending) => {
    for (const name of [ending, `${ending}.attrs`, ".bak", ".bak.attrs"]) writeFileSync(`${state}${name}`, "{}");
    writeFileSync(join(dirname(state), "devel.json"), "{}");
    expect(forgetState("dev", state)).toBe(`${state}${ending}.forgotten`);
    expect(readdirSync(dirname(state)).sort()).toEqual([`dev.json${ending}.forgotten`, "devel.json"]);
    expect(forgetState("dev", state)).toBeUndefined();
  },
);
