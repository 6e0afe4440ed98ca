import { removeCommand } from "../../model/settings/commands";
import type { RawConfig } from "../../model/settings/parse";
import { otherPrefix } from "../../scripts/lib/orphans";
import { commandTexts, filledIn } from "../support/command-texts";
import { afterCommands, given, settingErrorsOf, waysOut } from "../support/fixes";
import { awsValues } from "../support/settings";

const folders = ["components", "model", "scripts", "stacks"];
const all = folders.flatMap(commandTexts).map(({ text }) => text);

test("no command that an error message suggests has a placeholder", () => {
  expect(all.length).toBeGreaterThan(30);
  const words = all.flatMap((text) => waysOut({ key: "", rule: "", fix: text }).flat(2).join(" ").split(" "));
  expect(words.filter((word) => /^[A-Z_]{2,}$/.test(word))).toEqual([]);
});

test("the fix that removes several settings is one line of commands", () => {
  const line = "pulumi config rm --path livekit:tags.a; pulumi config rm --path livekit:tags.b";
  expect(removeCommand("livekit:tags.a", "livekit:tags.b")).toBe(line);
});

const local: RawConfig["values"] = {
  nodes: "2",
  domain: "example.com",
  monitoring: "true",
  publicAddress: "198.51.100.7",
};

/** Commands that messages suggest. Commands with `-s` are for a stack on AWS, all others for the local stack. */
const commands = commandTexts("scripts")
  .map(({ text }) => text.replaceAll(/ -s …/g, " -s prod"))
  .filter((text) => !text.includes(filledIn) || text.includes("-s prod livekit:"));

test.each(commands)("a stack is valid after the commands of the suggested fix %j", (text) => {
  const from = given(text.includes("-s prod") ? awsValues : local);
  const error = { key: "livekit", rule: "", fix: text.replaceAll(filledIn, "x") };
  const ways = waysOut(error);
  expect(ways).not.toEqual([]);
  for (const lines of ways) expect(settingErrorsOf(afterCommands(from, error, lines))).toEqual([]);
});

test.each(["inspire-lab", "a".repeat(31), "b".repeat(32), `${"c".repeat(30)}-2`])(
  "otherPrefix suggests a valid livekit:namePrefix that differs from %s",
  (prefix) => {
    expect(otherPrefix(prefix)).not.toBe(prefix);
    expect(settingErrorsOf(given({ namePrefix: otherPrefix(prefix) }))).toEqual([]);
  },
);
