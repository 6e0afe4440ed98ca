import { execFileSync } from "node:child_process";
import fs, {
  copyFileSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { replaceFile } from "../../stacks/replace-file";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "livekit-stack-replace-"));
});

afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

test("a link is written through, and nothing else is left", () => {
  mkdirSync(join(folder, "elsewhere"));
  const [link, target] = [join(folder, ".env"), join(folder, "elsewhere/secrets")];
  fs.writeFileSync(target, "old");
  fs.symlinkSync(target, link);
  replaceFile(link, "new");
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readFileSync(target, "utf8")).toBe("new");
  expect(statSync(target).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder, { recursive: true }).sort()).toEqual([".env", "elsewhere", "elsewhere/secrets"]);
});

test("a writing that fails leaves the file as it was, and no draft", () => {
  const path = join(folder, ".env");
  replaceFile(path, "old");
  jest.spyOn(fs, "renameSync").mockImplementation(() => {
    throw new Error("no space left on device");
  });
  expect(() => replaceFile(path, "new")).toThrow(
    expect.objectContaining({ message: "no space left on device", dest: path }),
  );
  expect(readFileSync(path, "utf8")).toBe("old");
  expect(readdirSync(folder)).toEqual([".env"]);
});

test("git ignores whatever holds secrets, what a killed command was writing as well", () => {
  copyFileSync(join(__dirname, "../../.gitignore"), join(folder, ".gitignore"));
  const git = (...args: string[]) => execFileSync("git", ["-C", folder, ...args], { encoding: "utf8" });
  git("init", "--quiet");
  const secret = [".env", ".env.livekit"];
  // As a kill just before would, this leaves the drafts.
  jest.spyOn(fs, "renameSync").mockImplementation();
  for (const name of secret) replaceFile(join(folder, name), "secret");
  fs.mkdirSync(join(folder, ".state"));
  for (const name of [...secret, ".env.example", ".state/passphrase"]) fs.writeFileSync(join(folder, name), "");
  expect(readdirSync(folder).filter((name) => /^\.env.*\.\d+$/.test(name))).toHaveLength(2);
  const seen = git("status", "--short", "--untracked-files=all").trim().split("\n");
  expect(seen).toEqual(["?? .env.example", "?? .gitignore"]);
});
