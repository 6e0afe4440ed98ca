import { randomBytes } from "node:crypto";
import { z } from "zod";
import { type Call, defineType } from "../../provider-kit/resource-type";
import type { Properties } from "../../provider-kit/values";
import { type CommandInputs, inputs } from "./inputs";
import { run } from "./run";

/**
 * `command:local:Command` as of `@pulumi/command` 1.2.1, with the semantics of the official plugin's
 * `provider/pkg/provider/local`. Changed triggers replace the resource; any other change runs `update`, or `create` if
 * there is none. A read returns the stored state. Only outputs with the name of a secret input are secret.
 */
export const command = defineType({
  token: "command:local:Command",
  inputs,
  replaceOn: ["triggers"],
  computed: ["stdout", "stderr"],
  computedByUpdate: ["stdout", "stderr"],
  async create(inputs: CommandInputs, call: Call) {
    const id = call.name + randomBytes(4).toString("hex");
    return { id, outputs: await runOrKeep(inputs.create, inputs, {}, call) };
  },
  update: (_id, inputs, state, call) => runOrKeep(inputs.update ?? inputs.create, inputs, state, call),
  async delete(_id, state, call) {
    const last = z.object(inputs).parse(state);
    await runOrKeep(last.delete, last, state, call);
  },
});

/** Runs the command and returns the outputs. If there is no command, keeps the previous outputs. */
async function runOrKeep(
  line: string | undefined,
  inputs: CommandInputs,
  state: Properties,
  call: Call,
): Promise<Properties> {
  const previous = { stdout: String(state["stdout"] ?? ""), stderr: String(state["stderr"] ?? "") };
  const output = line === undefined ? previous : await run(line, inputs, previous, call);
  return { ...inputs, ...output };
}
