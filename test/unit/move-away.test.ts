import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { moveAway } from "../../stacks/move-away";

const folder = mkdtempSync(join(tmpdir(), "move-away-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("the command that moves a file away does not overwrite a file that was moved away earlier", () => {
  const file = join(folder, "credentials.json");
  symlinkSync(join(folder, "nothing"), `${file}.old2`);
  for (const content of ["first", "second", "third"]) {
    writeFileSync(file, content);
    execFileSync("sh", ["-c", moveAway(file)]);
  }
  expect(readdirSync(folder).sort()).toEqual(["", "2", "3", "4"].map((number) => `credentials.json.old${number}`));
  expect(readFileSync(`${file}.old`, "utf8")).toBe("first");
});

test("the command that moves a file away is a Windows command on Windows", () => {
  expect(moveAway("C:\\a b", "win32")).toBe('move "C:\\a b" "C:\\a b.old"');
});
