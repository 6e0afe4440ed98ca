import { inspect } from "node:util";
import { runtime } from "@pulumi/pulumi";
import { nameStack } from "../../model/stack-commands";
import { UserError } from "../../model/user-error";
import { command, runMain } from "../../scripts/lib/cli";
import { program } from "../../stacks/program";

test.each([
  ["pulumi config set livekit:nodes 1", "pulumi config set -s prod livekit:nodes 1"],
  ["pulumi config rm --path livekit:ports.api", "pulumi config rm -s prod --path livekit:ports.api"],
  ["Create it with: npm run secrets", "Create it with: npm run secrets -- --stack prod"],
  ["npm run secrets -- --finish", "npm run secrets -- --stack prod --finish"],
  ["npm run logs -- livekit. Its Redis", "npm run logs -- --stack prod livekit. Its Redis"],
  ["(npm stop), then npm start", "(npm stop -- --stack prod), then npm start -- --stack prod"],
  ["npm run secrets -- --finish --stack test", "npm run secrets -- --finish --stack test"],
  ["pulumi config set -s test livekit:nodes 1", "pulumi config set -s test livekit:nodes 1"],
  ["npm run pulumi -- config and npm ci", "npm run pulumi -- config and npm ci"],
])("adds the stack's name once to each suggested command that takes a stack: %j", (text, named) => {
  expect(nameStack("prod", text)).toBe(named);
  expect(nameStack("prod", named)).toBe(named);
  expect(nameStack("dev", text)).toBe(text);
});

test("an error of a CLI command suggests commands with that command's stack", async () => {
  const said = jest.spyOn(console, "error").mockImplementation();
  command("start").option("--stack <name>", "", "dev").parse(["--stack", "office"], { from: "user" });
  runMain(() => Promise.reject(new UserError([{ key: "port", rule: "is taken", fix: "Run npm stop" }])));
  await new Promise(setImmediate);
  expect(said.mock.calls.join()).toContain("port: is taken. Run npm stop -- --stack office");
  process.exitCode = 0;
  said.mockRestore();
});

test("an error of the Pulumi program suggests commands with the stack that the engine runs", async () => {
  const never = () => Promise.reject(new Error("nothing is registered"));
  await runtime.setMocks({ newResource: never, call: never }, "livekit", "office");
  runtime.setAllConfig({ "livekit:target": "aws", "livekit:nodes": "9" });
  await expect(program()).rejects.toThrow(
    /config set -s office livekit:nodes [\s\S]*npm run secrets -- --stack office/,
  );
  await expect(program()).rejects.not.toThrow(/STACK/);
});

test("util.inspect prints a program error without the data that the Pulumi SDK attaches to the error", async () => {
  const never = () => Promise.reject(new Error("nothing is registered"));
  await runtime.setMocks({ newResource: never, call: never }, "livekit", "office");
  runtime.setAllConfig({ "livekit:target": "aws", "livekit:nodes": "9" });
  const error: Error = await program().then(never, (reason) => reason);
  const memory = Array.from({ length: 100 }, (_, i) => ({ [`member${i}`]: "x".repeat(1000) }));
  Object.assign(error, { promise: Object.assign(Promise.resolve(), { memory }) });
  expect(inspect(error, { colors: true })).toBe(error.message);
});
