/** A word of this project's own that the field has another word for. */
interface Term {
  /** One or more words in lower case; identifiers are split into their words. With an `s` at its end it is found, too. */
  readonly words: string;
  /** The field's words. */
  readonly instead: string;
  /** Found only as words with spaces between them: code such as `setOf(before)` has them as well. */
  readonly prose?: true;
  /** Paths, or beginnings of paths, where the word is the field's own. */
  readonly allow?: readonly string[];
}

/** One occurrence of a term. */
export interface Finding {
  readonly line: number;
  readonly words: string;
  readonly instead: string;
}

/** Tests that inject faults, and what names them. */
const faultInjection = [
  ...["test/integration/local/faults", "test/integration/node/faults", "test/support/numbers.ts"],
  ...["test/kinds.json", "test/unit/testing/report.test.ts"],
];
const nftables = ["packages/aws-simulator/network/ruleset.ts", "packages/aws-simulator/test/unit/ruleset.test.ts"];

/** Texts that are inputs of resources: another text would change every running stack. */
const resourceInputs = ["agent/puller.py", "test/support/first-request.sh"];

/** Terms that no identifier, comment, message, title or document has. */
export const terms: readonly Term[] = [
  // The call page's background colour.
  { words: "ground", instead: "AWS simulator", allow: ["page/call.css"] },
  { words: "keeper", instead: "reconciler" },
  { words: "knowledge", instead: "account snapshot" },
  { words: "judge", instead: "validate" },
  { words: "judged", instead: "validated" },
  { words: "judgement", instead: "validation" },
  { words: "fault", instead: "error, failure", allow: faultInjection },
  { words: "ailment", instead: "check failure" },
  { words: "verdict", instead: "report", allow: nftables },
  { words: "toll", instead: "call impact" },
  { words: "spared", instead: "unaffected" },
  { words: "catch up", instead: "record state" },
  { words: "is well", instead: "is healthy" },
  { words: "unwell", instead: "unhealthy" },
  { words: "stocked", instead: "with images" },
  { words: "circumstances", instead: "context" },
  { words: "preflight", instead: "load stack" },
  { words: "say less", instead: "reduce logging" },
  { words: "let in", instead: "allow ingress" },
  { words: "mend", instead: "fix" },
  { words: "of before", instead: "previous", prose: true },
  { words: "to be had", instead: "available", allow: resourceInputs },
  { words: "whoever", instead: "users, clients, another process", allow: resourceInputs },
  {
    words: "in vain",
    instead: "without success",
    allow: [...resourceInputs, "test/integration/node/faults/machine.ts"],
  },
  { words: "who asks", instead: "the client" },
  { words: "how to go on", instead: "next steps" },
  { words: "what it is to run", instead: "desired state" },
];

/** Returns the terms in a text. `camelCase`, `snake_case` and `kebab-case` count as their words. */
export function findTerms(path: string, text: string): Finding[] {
  const listed = terms.filter(({ allow = [] }) => !allow.some((allowed) => path.startsWith(allowed)));
  return text.split("\n").flatMap((whole, i) => {
    // Of a loop only what it loops over counts: `of` is code there.
    const line = whole.replace(/\bfor (await )?\(const .+? of /, "");
    const words = ` ${wordsOf(line)} `;
    return listed
      .filter(({ words: term, prose }) =>
        prose
          ? ` ${line.toLowerCase()}`.includes(` ${term}`)
          : words.includes(` ${term} `) || words.includes(` ${term}s `),
      )
      .map(({ words, instead }) => ({ line: i + 1, words, instead }));
  });
}

function wordsOf(line: string): string {
  return line
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
    .toLowerCase()
    .replace(/[^a-z0-9']+/g, " ")
    .trim();
}
