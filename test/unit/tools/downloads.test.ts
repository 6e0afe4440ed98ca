import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { makeRootfs } from "../../../scripts/toolchain/base-image";
import { projectFolder } from "../../../stacks/env";
import { emptyFolder, fakeMachine, useEmptyCache } from "./fake-machine";

useEmptyCache();

/** Programs that download, and the only file that may run each: it verifies what it downloads. */
const downloaders: Readonly<Record<string, string>> = {
  curl: "official.ts",
  pip: "pip.ts",
  debootstrap: "base-image.ts",
  "apt-get": "apt.ts",
};

test("each program that downloads is run only by the file that verifies its downloads", () => {
  const folder = join(projectFolder, "scripts");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => /\.(ts|mjs)$/.test(file));
  const texts = files.map((file) => [file, readFileSync(join(folder, file), "utf8")] as const);
  const runners = (program: string) =>
    texts.flatMap(([file, text]) => (new RegExp(`(run\\(|-m", )"${program}"`).test(text) ? [file] : []));
  for (const [program, file] of Object.entries(downloaders)) {
    expect([program, runners(program)]).toEqual([program, [join("toolchain", file)]]);
  }
  for (const other of ["wget", "sh", "bash"]) expect([other, runners(other)]).toEqual([other, []]);
  // Pulumi's own downloads have no checksums.
  expect(texts.filter(([, text]) => /PulumiCommand\.install/.test(text)).map(([file]) => file)).toEqual([]);
});

test("images add nothing from the network but Debian packages, whose signatures apt verifies", () => {
  const files = ["images", "packages"].flatMap((folder) =>
    readdirSync(join(projectFolder, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => basename(file) === "Dockerfile")
      .map((file) => join(folder, file)),
  );
  expect(files.length).toBeGreaterThan(5);
  for (const file of files) {
    const text = readFileSync(join(projectFolder, file), "utf8");
    expect(`${file}: ${text}`).not.toMatch(/https?:\/\/|pip3? install|npm (ci|install)|--allow-unauthenticated/);
  }
});

test("debootstrap installs no package if Debian's keys are missing or a signature is wrong", async () => {
  const machine = fakeMachine({
    commands: { debootstrap: "/usr/sbin/debootstrap" },
    answer: (line) => (line.startsWith("debootstrap") ? undefined : ""),
  });
  await expect(makeRootfs(emptyFolder(), machine, () => {})).rejects.toThrow("made to fail");
  expect(machine.ran.at(-1)).toMatch(/^debootstrap --force-check-gpg /);
});
