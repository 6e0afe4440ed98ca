/** Our commands that take `--stack`; without it they are for the stack `dev`. */
const ours =
  "start|stop|run (?:call|doctor|images|logs|nodes|plan|preview|pulumi-env|render|rooms|secrets|smoke|token|turn-credentials)";
const withoutStack = new RegExp(`npm (?:${ours})\\b(?! --(?: \\S+){0,4}? --stack)(?: --(?= ))?`, "g");

/**
 * A text whose commands are for a stack: each names it where it is not the one by default. Commands that name a stack
 * already stay as they are.
 */
export function nameStack(stack: string, text: string): string {
  if (stack === "dev") return text;
  return text
    .replaceAll(/pulumi config (set|rm) (?!-s )/g, `$&-s ${stack} `)
    .replaceAll(withoutStack, (command) => `${command}${command.endsWith(" --") ? "" : " --"} --stack ${stack}`);
}
