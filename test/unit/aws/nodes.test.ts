import { spawnSync } from "node:child_process";
import { join } from "node:path";

const project = join(__dirname, "../../..");

test.each([
  [["--logs", "sshd"], /argument 'sshd' is invalid\. Allowed choices are livekit, coturn, redis, nginx/],
  [["--logs", "livekit", "--lines", "2001"], /argument '2001' is invalid\. The number of lines must be from 1 to 2000/],
  [["--logs", "livekit", "--maintain"], /'--logs <service>' cannot be used with option '--maintain'/],
])("npm run nodes rejects the arguments %j before it sends a request to a node", (args, words) => {
  const env = { PATH: "/nonexistent" };
  const options = { cwd: project, env, encoding: "utf8" } as const;
  const { status, stderr } = spawnSync(process.execPath, ["scripts/bin.mjs", "nodes", ...args], options);
  expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringMatching(words) });
});
