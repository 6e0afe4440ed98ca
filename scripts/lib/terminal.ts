/** Whether standard output is a terminal that shows colors. NO_COLOR turns them off: https://no-color.org */
export const hasColor = Boolean(process.stdout.isTTY) && !process.env["NO_COLOR"];

/** Codes of the escape sequence that sets the color of text. */
const codes = { red: 31, green: 32, yellow: 33, gray: 90, default: 39 } as const;

export type Color = Exclude<keyof typeof codes, "default">;

/** Colors a text for a terminal. */
export function paint(text: string, color: Color): string {
  return `${sequence(codes[color])}${text}${sequence(codes.default)}`;
}

/** Splits a text at the sequences of {@link paint}, which have the odd indexes of the result. */
export function splitAtColors(text: string): string[] {
  return text.split(new RegExp(`(${sequence(`(?:${Object.values(codes).join("|")})`).replace("[", "\\[")})`));
}

function sequence(code: number | string): string {
  return `\u001b[${code}m`;
}
