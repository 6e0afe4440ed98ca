import type { Secrets } from "../../../model/settings/secrets";
import { TestNode } from "../../support/test-node";

jest.setTimeout(900_000);

/** A change under a running call may cost this much of its media (performance.md: 100 ms), on a machine with other work. */
const longestGapMs = 150;

let node: TestNode;

beforeAll(async () => {
  node = await TestNode.launch(24);
  const { exitCode, all } = await node.apply();
  if (exitCode !== 0) throw new Error(all);
});

afterAll(() => node?.remove());

/** Applies a change while calls run, direct and relayed, and returns which services got another process. */
async function restartedBy(change: () => Promise<{ exitCode: number; all: string }>): Promise<string[]> {
  const before = await node.processes();
  const calls = await Promise.all([node.holdCall("udp"), node.holdCall("turn-tls")]);
  expect(await change()).toMatchObject({ exitCode: 0 });
  for (const held of await Promise.all(calls.map((call) => call.end()))) {
    expect(held.packets).toBeGreaterThan(100);
    expect(held.longestGapMs).toBeLessThan(longestGapMs);
  }
  const after = await node.processes();
  return Object.keys(after).filter((name) => after[name] !== before[name]);
}

function changedNginx() {
  const bundle = node.bundle();
  const path = "stack/nginx/nginx.conf";
  return { ...bundle, [path]: (bundle[path] ?? "").replace("client_max_body_size 10m", "client_max_body_size 11m") };
}

test("a changed nginx setting is taken up without a restart of anything", async () => {
  expect(await restartedBy(() => node.apply(changedNginx()))).toEqual([]);
  expect(await node.machine.run(["docker", "exec", "lk-nginx", "nginx", "-T", "-c", "/config/nginx.conf"])).toContain(
    "client_max_body_size 11m",
  );
});

test("a rotated TURN secret: Coturn takes both, and LiveKit the new one once its last call has ended", async () => {
  const { turnSecrets, ...others } = node.secrets;
  const rotated: Secrets = { ...others, turnSecrets: ["rotated-turn-secret-0123456789abcdef", turnSecrets[0]] };
  await node.changeSecrets(rotated);
  expect(await restartedBy(() => node.apply())).toEqual([]);
});
