import { normalPolicy } from "../policy-text";

const mark = "disabled:";

interface Statement {
  readonly Principal?: unknown;
  readonly Condition?: unknown;
}

/**
 * Disables a bucket policy's conditional statements before moto stores the policy: gives them a principal that moto
 * ignores. moto would apply these statements even if their condition isn't met. As a result, the simulated S3 never
 * requires TLS.
 */
export function disableConditions(policy: string): string {
  return statements(policy, (statement) =>
    statement.Condition === undefined
      ? statement
      : { ...statement, Principal: mark + JSON.stringify(statement.Principal ?? null) },
  );
}

/** Restores a policy stored by {@link disableConditions}. */
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
