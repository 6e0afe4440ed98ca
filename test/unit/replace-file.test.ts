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

test("replacing a file through a symbolic link writes the link's target and leaves no other file", () => {
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

test("a failed write keeps the file and leaves no temporary file", () => {
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

test("git ignores every file with secrets, including the temporary files of a killed command", () => {
  copyFileSync(join(__dirname, "../../.gitignore"), join(folder, ".gitignore"));
  const git = (...args: string[]) => execFileSync("git", ["-C", folder, ...args], { encoding: "utf8" });
  git("init", "--quiet");
  const secret = [".env", ".env.livekit"];
  // A kill just before the rename would leave these temporary files.
  jest.spyOn(fs, "renameSync").mockImplementation();
  for (const name of secret) replaceFile(join(folder, name), "secret");
  fs.mkdirSync(join(folder, ".state"));
  for (const name of [...secret, ".env.example", ".state/passphrase"]) fs.writeFileSync(join(folder, name), "");
  expect(readdirSync(folder).filter((name) => /^\.env.*\.\d+$/.test(name))).toHaveLength(2);
  const seen = git("status", "--short", "--untracked-files=all").trim().split("\n");
  expect(seen).toEqual(["?? .env.example", "?? .gitignore"]);
});
