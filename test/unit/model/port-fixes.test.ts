import { readFileSync } from "node:fs";
import { join } from "node:path";
import { planLocalFleet } from "../../../model/fleet";
import { portNames } from "../../../model/ports/table";
import type { RawConfig } from "../../../model/settings/parse";
import { movePort } from "../../../model/settings/port-rules";
import { UserError } from "../../../model/user-error";
import { portClaims } from "../../../scripts/lib/check-ports";
import { project } from "../../support/documents";
import { afterCommands, follow, type Given, given, settingErrorsOf, waysOut } from "../../support/fixes";
import { configure, monitoredSecrets, testHost } from "../../support/settings";

type Values = RawConfig["values"];

test.each<[Values, string]>([
  [{ ports: '{"iceTcp": 443, "https": 7881}' }, "192.168.1.20"],
  [{ ports: '{"iceUdp": 443, "turn": 7882}' }, "127.0.0.1"],
  [{ ports: '{"iceTcp": 80, "https": 8443}', redis: '{"port": 7881}' }, "10.0.0.2"],
])(
  "with %j and the public address %s, the ports suggested instead of 80 and 443 are in no other row of the port table",
  (values, publicAddress) => {
    const errors = ({ values }: Given) => {
      try {
        planLocalFleet(configure(values).settings, testHost);
        return [];
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        return error.errors;
      }
    };
    expect(follow(given({ ...values, publicAddress }), errors)).toHaveLength(1);
  },
);

test("the ports suggested for a range that is too small are in no other row of the port table", () => {
  const values = { nodes: "4", ports: '{"media": "40000-40001", "turn": 50007}' };
  expect(follow(given(values))).toHaveLength(1);
});

test("after the README's changes, a second stack on a machine shares no port with the first stack", () => {
  const readme = readFileSync(join(project, "README.md"), "utf8");
  const [named = ""] = /^A machine holds one stack [\s\S]*?\n\n/m.exec(readme) ?? [];
  for (const key of ["namePrefix", "ports", "redis.port", "monitoring", "nodes"]) {
    expect(named).toContain(`\`livekit:${key}\``);
  }
  const { settings } = configure();
  const moves = [...portNames, "redis" as const].map((key) => ({ key, rule: "", fix: movePort(key, settings) }));
  const second = moves.reduce((now, error) => afterCommands(now, error, waysOut(error)[0] ?? []), given({})).values;
  const claims = (values: Values) =>
    portClaims(planLocalFleet(configure(values, monitoredSecrets).settings, testHost)).map(
      ({ port, protocol }) => `${port}/${protocol}`,
    );
  const shared = (more: Values) => claims(more).filter((claim) => claims({ ...second, ...more }).includes(claim));
  expect(shared({})).toEqual([]);
  const withFixedPorts: readonly Values[] = [{ monitoring: "true" }, { nodes: "2" }];
  for (const fixed of withFixedPorts) {
    expect(shared(fixed)).not.toEqual([]);
    // The stacks share no port if only one of them uses the fixed ports.
    expect(claims({}).filter((claim) => claims({ ...second, ...fixed }).includes(claim))).toEqual([]);
  }
});

test("moving all ports together, as for a second stack, keeps the settings valid", () => {
  const { settings } = configure({ nodes: "2", domain: "example.com", monitoring: "true" }, monitoredSecrets);
  const from = given({ nodes: "2", domain: "example.com", monitoring: "true" });
  const fixes = [...portNames, "redis" as const].map((key) => ({
    key,
    rule: "is taken",
    fix: movePort(key, settings),
  }));
  const moved = fixes.reduce((now, error) => afterCommands(now, error, waysOut(error)[0] ?? []), from);
  expect(settingErrorsOf(moved)).toEqual([]);
});

test("if another program uses a port of the stack, the suggested command sets another port, and the settings are valid", () => {
  const values = { nodes: "2", domain: "example.com", monitoring: "true" };
  const { settings } = configure(values, monitoredSecrets);
  for (const key of [...portNames, "redis"] as const) {
    const error = { key, rule: "is taken", fix: movePort(key, settings) };
    expect(settingErrorsOf(afterCommands(given(values), error, waysOut(error)[0] ?? []))).toEqual([]);
  }
});
