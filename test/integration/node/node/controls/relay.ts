import { join } from "node:path";
import { turnCredentials } from "../../../../../model/credentials";
import { projectFolder } from "../../../../../stacks/env";
import type { TestNode } from "../../../../support/test-node";

const program = [
  ...["--require", join(projectFolder, "scripts/lib/typescript.cjs")],
  join(projectFolder, "test/support/outside/relay-peers.ts"),
];

/** Tests that the relay lets an outside client reach only the fleet's SFUs, by their public addresses. */
export function relayControls(context: () => TestNode): void {
  test("the TURN relay rejects every peer except the SFU", async () => {
    const { publicAddress, node } = context();
    const forbidden = [
      // The subnet's router and another host, the metadata service that hands out the node's role, and other AWS
      // services.
      ...["10.0.0.2", "10.0.0.5", "169.254.169.254", "169.254.169.253", "169.254.169.123"],
      ...["127.0.0.1", "127.0.0.2", "0.0.0.0", "172.17.0.1", "172.31.240.1", "192.168.0.1", "100.64.0.1"],
      ...["224.0.0.1", "239.255.255.250", "255.255.255.255", "1.1.1.1", "8.8.8.8", "198.51.100.5", "198.19.0.10"],
    ];
    // Coturn treats the SFU's private address and its public address as the same peer. The test asks for the SFU last,
    // because a channel that is bound to the SFU cannot be bound to another peer.
    const sfu = [publicAddress, node.privateAddress];
    const answers = await ask([...forbidden, ...sfu]);
    expect(answers).toEqual({
      ...Object.fromEntries(forbidden.map((peer) => [peer, [403, 403]])),
      ...Object.fromEntries(sfu.map((peer) => [peer, [0, 0]])),
    });
  });

  async function ask(peers: readonly string[]): Promise<unknown> {
    const { username, password } = turnCredentials("tester", context().secrets.turnSecrets[0], 60);
    const relay = `${context().publicAddress}:${context().plan.ports.turn.first}`;
    const environment = { USERNAME: username, PASSWORD: password };
    const { exitCode, stdout, all } = await context().outside(
      [process.execPath, ...program, relay, ...peers],
      environment,
    );
    expect([exitCode, all]).toEqual([0, stdout]);
    return JSON.parse(stdout);
  }
}
