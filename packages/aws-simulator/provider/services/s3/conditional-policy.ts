import { normalPolicy } from "../policy-text";

const mark = "disabled:";

interface Statement {
  readonly Principal?: unknown;
  readonly Condition?: unknown;
}

/**
 * A bucket's policy as the simulator is to keep it. It refuses all that a statement with a condition speaks of, whether the
 * condition is met or not, and asks nobody for TLS: such a statement gets a principal that it does not look at.
 */
export function disableConditions(policy: string): string {
  return statements(policy, (statement) =>
    statement.Condition === undefined
      ? statement
      : { ...statement, Principal: mark + JSON.stringify(statement.Principal ?? null) },
  );
}

/** The policy that was kept so, normal again. */
export function restoreConditions(policy: string): string {
  const found = statements(policy, (statement) => {
    const { Principal, ...rest } = statement;
    if (typeof Principal !== "string" || !Principal.startsWith(mark)) return statement;
    const principal = JSON.parse(Principal.slice(mark.length));
    return principal === null ? rest : { ...rest, Principal: principal };
  });
  return normalPolicy(found);
}

function statements(policy: string, change: (statement: Statement) => Statement): string {
  const { Statement: found = [], ...rest } = JSON.parse(policy) as { Statement?: Statement | Statement[] };
  return JSON.stringify({ ...rest, Statement: [found].flat().map(change) });
}
