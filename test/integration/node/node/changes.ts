import { expectUnbrokenMedia } from "../../../support/running-call";
import type { TestNode } from "../../../support/test-node";

/** Tests of changes that must not affect running calls, direct or relayed. They leave the node with other settings. */
export function changes(context: () => TestNode): void {
  test("the node applies a changed nginx setting without restarting a service or interrupting a call", async () => {
    expect(await restartedBy(context(), () => context().apply(changedNginx(context())))).toEqual([]);
    expect(
      await context().machine.run(["docker", "exec", "lk-nginx", "nginx", "-T", "-c", "/config/nginx.conf"]),
    ).toContain("client_max_body_size 11m");
  });
}

/** Applies a change during calls and returns the services that restarted. */
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
