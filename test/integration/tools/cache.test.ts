import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cached, cacheFolder } from "../../../stacks/cache";
import { useEmptyCache } from "../../unit/tools/fake-machine";

useEmptyCache();

// The dead process's lock lasts five seconds, which is too long for a unit test.
test("the cache rebuilds an entry that a killed process left incomplete", async () => {
  const code = `require("./stacks/cache").cached("tool", {}, async (folder) => {
    require("node:fs").writeFileSync(folder + "/file", "half");
    console.log("begun");
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  });`;
  const child = spawn(process.execPath, ["--require", "./scripts/lib/typescript.cjs", "-e", code], {
    env: process.env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(readdirSync(cacheFolder())).toContainEqual(expect.stringContaining(".partial"));
  const folder = await cached("tool", {}, async (partial) => {
    expect(readdirSync(partial)).toEqual([]);
    writeFileSync(join(partial, "file"), "whole");
  });
  expect(readFileSync(join(folder, "file"), "utf8")).toBe("whole");
});
