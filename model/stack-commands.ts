/** Commands of this project that take `--stack`. Without it they use the stack `dev`. */
const ours =
  "start|stop|run (?:call|doctor|images|logs|nodes|plan|preview|pulumi-env|render|rooms|secrets|smoke|token|turn-credentials)";
const withoutStack = new RegExp(`npm (?:${ours})\\b(?! --(?: \\S+){0,4}? --stack)(?: --(?= ))?`, "g");

/**
 * Adds the stack's name to each command in a text, unless it is the default stack. Leaves commands that already name a
 * stack unchanged.
 */
export function nameStack(stack: string, text: string): string {
  if (stack === "dev") return text;
  return text
    .replaceAll(/pulumi config (set|rm) (?!-s )/g, `$&-s ${stack} `)
    .replaceAll(withoutStack, (command) => `${command}${command.endsWith(" --") ? "" : " --"} --stack ${stack}`);
}
