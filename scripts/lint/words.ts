/** A word that this project invented, although the field (Pulumi, AWS, WebRTC) has another. */
interface Term {
  /** One or more words in lower case. Also matches a plural with `s`, and the words within identifiers. */
  readonly words: string;
  /** The field's words, to use instead. */
  readonly instead: string;
  /** True to match only words with spaces between them, because code such as `setOf(before)` would match too. */
  readonly prose?: true;
  /** Longer terms of the field that contain these words and are allowed. */
  readonly within?: readonly string[];
  /** Paths, or beginnings of paths, where the words are allowed. */
  readonly allow?: readonly string[];
}

/** One occurrence of a term. */
export interface Finding {
  readonly line: number;
  readonly words: string;
  readonly instead: string;
}

/** Files where "fault" means an injected fault. */
const faultInjection = [
  ...["test/integration/local/faults", "test/integration/node/faults", "test/support/numbers.ts"],
  ...["scripts/testing/test-names.ts"],
  ...["test/kinds.json", "test/unit/testing/report.test.ts", "docs/security.md"],
];
const nftables = ["packages/aws-simulator/network/ruleset.ts", "packages/aws-simulator/test/unit/ruleset.test.ts"];

/** Files with texts that are resource inputs, and tests that quote them. Changed texts would change running stacks. */
const resourceInputs = [
  ...["images/", "page/", "templates/coturn.ts"],
  ...["templates/monitoring/alerts.ts", "templates/nginx.ts"],
  ...["templates/node/firewall.ts", "templates/node/request", "templates/node/system.ts", "templates/redis.ts"],
  ...["components/aws/redis", "model/aws/ingress.ts", "model/aws/policies.ts"],
  ...["test/integration/node/faults/machine.ts", "test/support/first-request.sh"],
  ...["packages/aws-simulator/images/", "packages/aws-simulator/test/support/entry-program.ts"],
];

/** Files with the agent's verbs: the puller on running nodes calls the agent with these verbs, so they can't change. */
const agentVerbs = ["agent/puller.py", "agent/src/__main__.py", "agent/src/verbs.py"];

/** Keys of a node's state file, which older agents read. */
const stateFile = ["agent/src/state.py", "agent/tests/test_state.py"];

/** Files with variables of the first release's request script. The state of running stacks contains that script. */
const firstRequest = ["test/support/first-request.sh", "test/support/request-bucket.ts"];

/** Files that mention the Unix user `nobody`. */
const unixUser = [
  ...["images/", "templates/call-page.ts", "templates/monitoring/services.ts", "templates/nginx.ts"],
  ...["test/integration/local/shapes.test.ts", "test/integration/node/node/controls/"],
];

/** Terms that must not occur in any identifier, comment, message, title or document. */
export const terms: readonly Term[] = [
  // In the call page's style sheet, `ground` is the background colour.
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
  { words: "in vain", instead: "without success", allow: resourceInputs },
  { words: "told", instead: "reported, registered, shown", allow: resourceInputs },
  { words: "tell", instead: "report, send, show", allow: resourceInputs },
  { words: "says", instead: "reports, shows, prints", allow: resourceInputs },
  { words: "asked", instead: "requested, called, polled", allow: resourceInputs },
  { words: "asker", instead: "client" },
  { words: "nobody", instead: "no user, no client", allow: unixUser },
  { words: "somebody", instead: "another user, another process", allow: resourceInputs },
  { words: "anew", instead: "again", allow: resourceInputs },
  {
    words: "authority",
    instead: "certificate authority, CA",
    // The certificate authority's name, and its folder in existing checkouts, stay as they are.
    within: ["certificate authority", "local authority", "state authority", "authority crt", "authority key"],
    allow: ["stacks/ca-file.ts"],
  },
  { words: "counters for prometheus", instead: "metrics", allow: resourceInputs },
  { words: "settle", instead: "apply deferred", allow: [...resourceInputs, ...agentVerbs] },
  { words: "take up", instead: "apply, reload", allow: [...resourceInputs, ...firstRequest] },
  { words: "taken up", instead: "applied, reloaded", allow: [...resourceInputs, ...stateFile] },
  { words: "leave seconds", instead: "propagation seconds", allow: firstRequest },
  { words: "patience", instead: "timeout", allow: resourceInputs },
  { words: "refuse", instead: "reject", allow: resourceInputs },
  { words: "refusing", instead: "rejecting", allow: resourceInputs },
  { words: "refusal", instead: "rejection", allow: resourceInputs },
  { words: "who asks", instead: "the client" },
  { words: "how to go on", instead: "next steps" },
  { words: "what it is to run", instead: "desired state" },
];

/** Returns the terms in a text. `camelCase`, `snake_case` and `kebab-case` count as their words. */
export function findTerms(path: string, text: string): Finding[] {
  const listed = terms.filter(({ allow = [] }) => !allow.some((allowed) => path.startsWith(allowed)));
  return text.split("\n").flatMap((whole, i) => {
    // Drops the head of a `for` loop up to `of`: this `of` is code, not prose.
    const line = whole.replace(/\bfor (await )?\(const .+? of /, "");
    const words = ` ${wordsOf(line)} `;
    return listed
      .filter(({ words: term, prose, within = [] }) => {
        if (prose) return ` ${line.toLowerCase()}`.includes(` ${term}`);
        const others = within.reduce((all, longer) => all.replaceAll(` ${longer} `, " "), words);
        return others.includes(` ${term} `) || others.includes(` ${term}s `);
      })
      .map(({ words, instead }) => ({ line: i + 1, words, instead }));
  });
}

function wordsOf(line: string): string {
  return line
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
    .toLowerCase()
    .replace(/'s\b/g, "")
    .replace(/[^a-z0-9']+/g, " ")
    .trim();
}
