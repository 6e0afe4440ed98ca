import type { TestNode } from "../../../support/test-node";

/** Returns the packet count of each counter in the node's nftables table. */
export async function packets({ machine }: TestNode): Promise<Map<string, number>> {
  const { nftables } = JSON.parse(await machine.run(["nft", "--json", "list", "counters", "table", "inet", "livekit"]));
  const counters: { counter?: { name: string; packets: number } }[] = nftables;
  return new Map(counters.flatMap(({ counter }) => (counter ? [[counter.name, counter.packets]] : [])));
}

/** @throws Error if there is no such counter */
export function count(packets: ReadonlyMap<string, number>, name: string): number {
  const found = packets.get(name);
  if (found === undefined) throw new Error(`the node has no counter ${name}`);
  return found;
}
