/**
 * A remote party's text that clears the screen, sets the title and the clipboard, moves the cursor, colors and reverses
 * text. Each sequence stands between two letters of `abcdefghij`.
 */
export const hostileText =
  "a\u001b[2Jb\u001b]0;title\u0007c\u001b]52;c;aGk=\u001b\\d\u009b1Ae\u001b[31mf\u007fg\u202eh\u2066i\u0085\r\u0008j";

/** What a person reads of {@link hostileText}. */
export const harmlessText = "abcdefghij";

/** Lines that GitHub's runner executes. It ignores blanks, and compares without regard to invisible characters. */
export const workflowCommands = [
  "::add-path::/tmp",
  "\ufeff\u2028::set-output name=a\u2028b::c",
  " \t::SET-ENV name=PATH::/tmp",
  "\u00a0::stop-commands::token",
  ":\u200b:warning file=a::b",
  "text ##[add-path]/tmp",
  "##\u200b[set-env name=PATH]/tmp",
] as const;

/** Lines that resemble workflow commands. */
export const otherLines = ['::1 - - "GET /a::b"', "::ffff:10.0.0.1 - a::b", "[::]:7880", "std::move", "# [x]"] as const;

/** Finds what a terminal or GitHub's runner executes in a command's output. */
export function executedParts(output: string): string[] {
  const visible = output.replace(/\p{Default_Ignorable_Code_Point}/gu, "");
  const controls = output.match(/[^\P{Cc}\t\n]|\p{Bidi_Control}/gu) ?? [];
  return [...controls, ...(visible.match(/(?<![^\n])(?:(?!\n)\s)*::[a-z-]+(?: [^\n]*)?::|##\[/gi) ?? [])];
}
