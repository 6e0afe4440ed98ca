/** Size of a character of the monospace font, in pixels. */
const [characterWidth, lineHeight, fontSize] = [7.83, 16, 13];
const padding = 16;

/**
 * Draws a terminal as an SVG file. It is light or dark like the page that shows it.
 * @param command shown after the prompt
 */
export function drawTerminal(command: string, output: string): string {
  const lines = [`$ ${command}`, ...output.trimEnd().split("\n")];
  const width = Math.ceil(Math.max(...lines.map(({ length }) => length)) * characterWidth) + 2 * padding;
  const height = lines.length * lineHeight + 2 * padding;
  const rows = lines.map((line, i) => {
    const y = padding + i * lineHeight + fontSize;
    return line === ""
      ? []
      : [`<text x="${padding}" y="${y}"${i === 0 ? ' class="command"' : ""}>${mark(line)}</text>`];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<title>${escapeXml(command)} in a terminal</title>`,
    `<style>${style}</style>`,
    `<rect width="100%" height="100%" rx="8"/>`,
    ...rows.flat(),
    "</svg>\n",
  ].join("\n");
}

/** Replaces text that identifies this machine: its addresses and the project's path. */
export function withoutMachine(output: string, project: string): string {
  return output
    .replaceAll(`${project}/`, "")
    .replaceAll(/\b\d{1,3}(\.\d{1,3}){3}\b/g, (address) => (address.startsWith("127.") ? address : example));
}

/** An example address, reserved for documentation (RFC 5737). */
const example = "192.0.2.10";

const style = `
rect { fill: #f6f8fa }
text { fill: #1f2328; font: ${fontSize}px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; white-space: pre }
.command { font-weight: bold }
.passed { fill: #1a7f37 }
@media (prefers-color-scheme: dark) {
  rect { fill: #161b22 }
  text { fill: #e6edf3 }
  .passed { fill: #3fb950 }
}
`;

/** Adds the colors that a terminal shows in this line. */
function mark(line: string): string {
  return escapeXml(line).replaceAll(/\bpassed\b/g, '<tspan class="passed">passed</tspan>');
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
