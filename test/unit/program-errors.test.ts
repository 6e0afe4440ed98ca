import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { runtime } from "@pulumi/pulumi";

const home = mkdtempSync(join(tmpdir(), "livekit-stack-program-"));
process.env["LIVEKIT_STACK_HOME"] = home;
const { program } = require("../../stacks/program") as typeof import("../../stacks/program");

afterAll(() => rmSync(home, { recursive: true }));

test("an error about a file that the program cannot read has the path and a fix, and no stack trace", async () => {
  mkdirSync(join(home, ".env"));
  const never = () => Promise.reject(new Error("nothing is registered"));
  await runtime.setMocks({ newResource: never, call: never }, "livekit", "office");
  const error: Error = await program().then(never, (reason) => reason);
  expect(inspect(error)).toBe(
    `${home}/.env: this path is a folder, but the command needs a file. Move it away and run this again: mv '${home}/.env' '${home}/.env.old'`,
  );
});
