import { spawnSync } from "node:child_process";
import { commandsOf, documents, fenced, pulumiArguments } from "../support/documents";
import { suite } from "./providers/support";

suite("Pulumi's command line", () => {
  /** `config set` and the like: the words before the first flag or value. */
  const verbs = /^(config|stack|state) \w+|^\w+/;
  const helps = new Map<string, string>();

  test.each(documents)("has the commands and flags that %s names", (_, text) => {
    for (const command of fenced(text, "bash").flatMap(commandsOf)) {
      const args = pulumiArguments(command);
      if (args === undefined) continue;
      const [verb = ""] = verbs.exec(args.join(" ")) ?? [];
      if (!helps.has(verb)) {
        helps.set(verb, spawnSync("pulumi", [...verb.split(" "), "--help"], { encoding: "utf8" }).stdout);
      }
      const help = helps.get(verb) ?? "";
      // Of a word that it does not know the CLI shows the help of the words before.
      expect(names(help)).toContain(verb.split(" ").at(-1));
      for (const flag of args.filter((arg) => arg.startsWith("--"))) expect(`${verb}: ${help}`).toContain(flag);
    }
  });
});

/** What a command may be called, by its help. */
function names(help: string): readonly string[] {
  const [, usage = ""] = /^Usage:\n +pulumi ([a-z ]*[a-z])/m.exec(help) ?? [];
  const [, aliases = ""] = /^Aliases:\n +(.*)$/m.exec(help) ?? [];
  return [usage.split(" ").at(-1) ?? "", ...aliases.split(", ")];
}
