import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { local } from "@pulumi/command";
import { secret } from "@pulumi/pulumi";
import { openStack, suite, type TestStack } from "../../../../test/support/provider-stack";

const planted = "planted-secret-81b0cc";

suite("the fallback command provider", () => {
  let stack: TestStack;
  let lastDelete: string;

  beforeAll(async () => {
    stack = await openStack();
    lastDelete = join(stack.folder, "deleted");
  });
  afterAll(async () => {
    await stack.destroy();
    stack.remove();
  });

  const command =
    (changes: Partial<local.CommandArgs> = {}) =>
    async () => {
      const made = new local.Command("command", {
        create: 'echo "$WORD after $PULUMI_COMMAND_STDOUT"; echo; echo oops >&2',
        delete: `echo "$PULUMI_COMMAND_STDOUT" > ${lastDelete}`,
        environment: { WORD: "one", KEY: secret(planted) },
        ...changes,
      });
      return { stdout: made.stdout, stderr: made.stderr };
    };

  test("runs the create command once and trims one newline from its output", async () => {
    const { outputs } = await stack.up(command());
    expect(outputs["stdout"]?.value).toBe("one after \n");
    expect(outputs["stderr"]?.value).toBe("oops");
    expect((await stack.preview(command())).changeSummary).toEqual({ same: 2 });
    await stack.refresh();
    expect((await stack.up(command())).summary.resourceChanges).toEqual({ same: 2 });
  });

  test("a changed input runs the update command or, if missing, the create command, with the previous outputs in the environment", async () => {
    const again = await stack.up(command({ environment: { WORD: "two", KEY: secret(planted) } }));
    expect(again.summary.resourceChanges).toEqual({ same: 1, update: 1 });
    expect(again.outputs["stdout"]?.value).toBe("two after one after \n\n");

    const updated = await stack.up(command({ update: "cat", stdin: "given", logging: "none" }));
    expect(updated.outputs["stdout"]?.value).toBe("given");

    const withoutPrevious = await stack.up(
      command({ addPreviousOutputInEnv: false, dir: "/tmp", interpreter: ["/bin/sh", "-ec"] }),
    );
    expect(withoutPrevious.outputs["stdout"]?.value).toBe("one after \n");
  });

  test("a changed trigger replaces the command resource and runs its delete command", async () => {
    const { summary } = await stack.up(command({ triggers: ["new"] }));
    expect(summary.resourceChanges).toEqual({ same: 1, replace: 1 });
    expect(existsSync(lastDelete)).toBe(true);
  });

  test("a command that fails reports its exit code and output, and the previous state is kept", async () => {
    const failing = command({ triggers: ["new"], update: "echo out; echo err >&2; exit 3" });
    const message = await stack.up(failing).then(
      () => "nothing failed",
      (error: Error) => error.message,
    );
    expect(message).toContain("exit status 3");
    expect(message).toMatch(/out\s+err|err\s+out/);
    expect((await stack.preview(command({ triggers: ["new"] }))).changeSummary).toEqual({ same: 2 });
  });

  test("rejects an unsupported input and names it", async () => {
    const rejection = stack.preview(command({ assetPaths: ["*"] }));
    await expect(rejection).rejects.toThrow("assetPaths of command:local:Command is not implemented");
  });

  test("a destroy runs the delete command with the last output, and no secret is in state or output", async () => {
    await stack.destroy();
    expect(readFileSync(lastDelete, "utf8")).toContain("one after");
    expect(stack.shows(planted)).toBe(false);
  });
});
