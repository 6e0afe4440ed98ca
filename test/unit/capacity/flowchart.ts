/**
 * The part of Mermaid's flowchart grammar (https://mermaid.js.org/syntax/flowchart.html) that our diagrams use, parsed
 * strictly. The parser rejects a line that is none of the four statements, a name that is used before its declaration,
 * and an unclosed subgraph. Texts are in double quotes, in which Mermaid accepts anything but a double quote.
 */
export interface Flowchart {
  readonly boxes: ReadonlyMap<string, { readonly lines: readonly string[]; readonly parent: string | undefined }>;
  readonly subgraphs: ReadonlyMap<string, { readonly title: string; readonly parent: string | undefined }>;
  readonly arrows: readonly { readonly from: string; readonly to: string; readonly label: string }[];
}

const id = "([A-Za-z][A-Za-z0-9_]*)";
const text = '"([^"<>]*(?:<br/>[^"<>]*)*)"';
const statements = {
  subgraph: new RegExp(`^subgraph ${id}\\[${text}\\]$`),
  end: /^end$/,
  box: new RegExp(`^${id}\\[${text}\\]$`),
  arrow: new RegExp(`^${id} -->\\|${text}\\| ${id}$`),
};
/** Reserved words, which cannot be names. */
const reserved = [
  "end",
  "subgraph",
  "graph",
  "flowchart",
  "style",
  "class",
  "classDef",
  "click",
  "linkStyle",
  "default",
];

/**
 * Parses a flowchart.
 * @throws Error with the line that does not match the grammar
 */
export function parseFlowchart(source: string): Flowchart {
  const [header, ...lines] = source.trimEnd().split("\n");
  if (!/^flowchart (LR|TB)$/.test(header ?? "")) throw new Error(`not a flowchart: ${header}`);
  const boxes = new Map<string, { lines: string[]; parent: string | undefined }>();
  const subgraphs = new Map<string, { title: string; parent: string | undefined }>();
  const arrows: { from: string; to: string; label: string }[] = [];
  const open: string[] = [];
  const declare = (name: string) => {
    if (reserved.includes(name) || boxes.has(name) || subgraphs.has(name))
      throw new Error(`the name ${name} is reserved or declared twice`);
  };
  for (const line of lines) {
    const statement = line.trim();
    const [, first = "", second = "", third = ""] = match(statement) ?? [];
    if (statements.subgraph.test(statement)) {
      declare(first);
      subgraphs.set(first, { title: second, parent: open.at(-1) });
      open.push(first);
    } else if (statements.end.test(statement)) {
      if (open.pop() === undefined) throw new Error("the word `end` without an open subgraph");
    } else if (statements.box.test(statement)) {
      declare(first);
      boxes.set(first, { lines: second.split("<br/>"), parent: open.at(-1) });
    } else if (statements.arrow.test(statement)) {
      for (const end of [first, third])
        if (!boxes.has(end) && !subgraphs.has(end)) throw new Error(`the edge connects ${end}, which is not declared`);
      arrows.push({ from: first, label: second, to: third });
    } else throw new Error(`not a flowchart statement: ${line}`);
  }
  if (open.length > 0) throw new Error(`subgraphs without an end: ${open.join(", ")}`);
  return { boxes, subgraphs, arrows };
}

function match(statement: string): RegExpExecArray | undefined {
  const found = Object.values(statements).map((pattern) => pattern.exec(statement));
  return found.find((each) => each !== null) ?? undefined;
}
