import { join } from "node:path";
import { type IngressRule, ingressRules } from "../../../../../model/aws/ingress";
import type { Protocol } from "../../../../../model/ports/table";
import { projectFolder } from "../../../../../stacks/env";
import type { TestNode } from "../../../../support/test-node";
import { count, packets } from "../packet-counters";

/**
 * The tests probe every port of a port table row with up to this many ports, and only the first and last port of a
 * longer row.
 */
const smallRow = 4;
const lastPort = 65_535;
const strayDatagrams = 200;
const world = ["0.0.0.0/0"];
const program = join(projectFolder, "test/support/outside/scan.ts");

/** Tests that from outside a node answers on the ports of the port table and on no others. */
export function portControls(context: () => TestNode): void {
  const rules = (protocol: Protocol) =>
    ingressRules(context().plan).filter((rule) => rule.protocol === protocol && `${rule.sources}` === `${world}`);

  test("every TCP port of the port table answers from outside", async () => {
    for (const port of rules("tcp").flatMap(allPorts)) {
      const answer = await outside(context(), `exec 3<>/dev/tcp/${context().publicAddress}/${port}`);
      expect([port, answer.exitCode, answer.all]).toEqual([port, 0, ""]);
    }
  });

  test("the packet filter counts datagrams from outside for every UDP row of the port table", async () => {
    const rows = rules("udp").map((rule) => ({ rule, ports: sample(rule) }));
    const before = await packets(context());
    for (const port of rows.flatMap(({ ports }) => ports)) {
      const sent = await outside(context(), `echo counted > /dev/udp/${context().publicAddress}/${port}`);
      expect([port, sent.exitCode, sent.all]).toEqual([port, 0, ""]);
    }
    const after = await packets(context());
    const counted = rows.map(({ rule: { name } }) => [name, count(after, name) - count(before, name)]);
    expect(counted).toEqual(rows.map(({ rule: { name }, ports }) => [name, ports.length]));
  });

  describe("with an open security group, the node's own packet filter", () => {
    let ingress: TestNode["machine"]["record"]["ingress"];

    beforeAll(async () => {
      const { machine } = context();
      ingress = machine.record.ingress;
      const everything = { first: 0, last: lastPort, cidrs: world };
      await machine.change({ ingress: (["tcp", "udp"] as const).map((protocol) => ({ protocol, ...everything })) });
    });
    afterAll(() => context().machine.change(ingress ? { ingress } : {}));

    test("blocks connections to ports that are not in the port table", async () => {
      const { machine } = context();
      // A program on a port that is not in the port table. Without the packet filter it would answer.
      await machine.run(["systemd-run", "--unit=stray", "python3", "-m", "http.server", "22"]);
      try {
        await machine.run(["curl", "--silent", "--retry", "20", "--retry-connrefused", "http://127.0.0.1:22/"]);
        const refused = count(await packets(context()), "refused");
        const { all } = await context().outside([process.execPath, ...typescript, program, context().publicAddress]);
        expect(JSON.parse(all)).toEqual(sorted(rules("tcp").flatMap(allPorts)));
        expect(count(await packets(context()), "refused") - refused).toBeGreaterThan(65_000);
      } finally {
        await machine.run(["systemctl", "stop", "stray"]);
      }
    });

    test("drops every datagram to a port that is not in the port table", async () => {
      const open = new Set(
        ingressRules(context().plan).flatMap((rule) => (rule.protocol === "udp" ? allPorts(rule) : [])),
      );
      const others = allPorts({ first: 1, last: lastPort }).filter((port) => !open.has(port));
      const probed = others.filter((_, index) => index % Math.floor(others.length / strayDatagrams) === 0);
      expect(probed.length).toBeGreaterThanOrEqual(strayDatagrams);
      const before = await packets(context());
      const loop = `for port in ${probed.join(" ")}; do echo stray > /dev/udp/${context().publicAddress}/$port; done`;
      expect(await outside(context(), loop)).toMatchObject({ exitCode: 0, all: "" });
      const after = await packets(context());
      expect(count(after, "refused") - count(before, "refused")).toBeGreaterThanOrEqual(probed.length);
      const rows = rules("udp").map(({ name }) => [name, count(after, name) - count(before, name)]);
      expect(rows).toEqual(rules("udp").map(({ name }) => [name, 0]));
    });
  });
}

const typescript = ["--require", join(projectFolder, "scripts/lib/typescript.cjs")];

function outside(node: TestNode, script: string) {
  return node.outside(["timeout", "5", "bash", "-c", script]);
}

function sample({ first, last }: IngressRule): number[] {
  return last - first < smallRow ? allPorts({ first, last }) : [first, last];
}

function allPorts({ first, last }: Pick<IngressRule, "first" | "last">): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function sorted(ports: readonly number[]): number[] {
  return ports.toSorted((a, b) => a - b);
}
