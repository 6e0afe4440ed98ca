import type { PacketCounts } from "../../scripts/smoke/participant";

const names = ["received", "audioReceived", "audioSent"] as const satisfies readonly (keyof PacketCounts)[];

export const noPackets: PacketCounts = { received: 0, audioReceived: 0, audioSent: 0 };

/**
 * Counts a participant's packets since its first sample. A participant has one connection to send and one to receive.
 * The counters of a new connection start at 0, so each connection's counters are accumulated separately.
 */
export class PacketTotals {
  private totals = noPackets;
  /** How often a connection was replaced. */
  newConnections = 0;

  constructor(private before: PacketCounts) {}

  get all(): PacketCounts {
    return this.totals;
  }

  add(now: PacketCounts): void {
    const { before, totals } = this;
    if (names.some((name) => now[name] < before[name])) this.newConnections++;
    const total = (name: keyof PacketCounts) =>
      totals[name] + now[name] - (now[name] < before[name] ? 0 : before[name]);
    this.totals = Object.fromEntries(names.map((name) => [name, total(name)])) as unknown as PacketCounts;
    this.before = now;
  }
}
