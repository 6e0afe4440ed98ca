import { expectUnbrokenMedia } from "../../../support/running-call";
import type { TestNode } from "../../../support/test-node";

/** What a change does to calls that run, direct and relayed: nothing. It leaves the node with other settings. */
export function changes(context: () => TestNode): void {
  test("a changed nginx setting is taken up without a restart of anything", async () => {
    expect(await restartedBy(context(), () => context().apply(changedNginx(context())))).toEqual([]);
    expect(
      await context().machine.run(["docker", "exec", "lk-nginx", "nginx", "-T", "-c", "/config/nginx.conf"]),
    ).toContain("client_max_body_size 11m");
  });
}

/** Applies a change while calls run and returns which services got another process. */
async function restartedBy(
  node: TestNode,
  change: () => Promise<{ exitCode: number; all: string }>,
): Promise<string[]> {
  const before = await node.processes();
  const calls = await Promise.all([node.holdCall("udp"), node.holdCall("turn-tls")]);
  expect(await change()).toMatchObject({ exitCode: 0 });
  for (const held of await Promise.all(calls.map((call) => call.end()))) {
    expect(held.interruptions).toBe(0);
    expectUnbrokenMedia(held);
  }
  const after = await node.processes();
  return Object.keys(after).filter((name) => after[name] !== before[name]);
}

function changedNginx(node: TestNode) {
  const bundle = node.bundle();
  const path = "stack/nginx/nginx.conf";
  return { ...bundle, [path]: (bundle[path] ?? "").replace("client_max_body_size 10m", "client_max_body_size 11m") };
}
