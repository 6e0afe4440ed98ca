import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { AccessToken } from "livekit-server-sdk";
import { Alarm } from "../../scripts/smoke/error";
import { type PacketCounts, Participant } from "../../scripts/smoke/participant";
import { type Path, paths } from "../../scripts/smoke/paths";
import { openRoute } from "../../scripts/smoke/route";
import { noPackets, PacketTotals } from "./packet-totals";

/**
 * Holds a call between two participants until its input ends. It says how the call is once it is one, at each line of its
 * input, and at its end. A program of its own.
 */
interface Order {
  readonly path: string;
  /** Of each participant. The first one's decides where the room is. */
  readonly entries: readonly [Entry, Entry];
  readonly room: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly ca: string;
}

/** Where a participant joins. */
export interface Entry {
  /** wss:// */
  readonly url: string;
  /** In place of what the URL's name resolves to. */
  readonly connectAddress?: string;
}

/** How a call is, and how its media have been. */
export interface HeldCall {
  /** Public address of the node that each participant's media come from, `none` without a connection. */
  readonly addresses: readonly string[];
  readonly packets: number;
  /** Packets of audio that one of the two sent and the other never got. A busy processor delays packets, and loses none. */
  readonly lostPackets: number;
  /** How often the media of one of the two moved to a new connection. */
  readonly newConnections: number;
  /** Since one of the two got its last packet. */
  readonly silentMs: number;
  /** Longest time in which one of the two got no packet of media: audio alone comes every 20 ms. */
  readonly longestGapMs: number;
  /** How often one of the two lost its connection. */
  readonly interruptions: number;
}

/** Statistics of two clients cost more than their audio. */
const lookEveryMs = 500;
/** Longer than any call takes to begin; one that has not begun by then never does. */
const beginMs = 20_000;

/** Looks over which some packet is under way at each only where the network is far behind. */
const settlingLooks = 4;

/** One of the two, and what comes to it. */
class Watched {
  private totals = new PacketTotals(noPackets);
  private since = Date.now();
  private longestGapMs = 0;
  /** What was sent to it and had not come, at each of the last looks: lost, or still under way. */
  private missing: number[] = [];

  constructor(readonly participant: Participant) {}

  async begin(): Promise<void> {
    this.totals = new PacketTotals((await this.counts()) ?? noPackets);
    this.since = Date.now();
  }

  async look(): Promise<void> {
    const now = await this.counts();
    this.longestGapMs = Math.max(this.longestGapMs, Date.now() - this.since);
    if (now === undefined) return;
    const { received } = this.totals.all;
    this.totals.add(now);
    if (this.totals.all.received > received) this.since = Date.now();
  }

  compare(other: Watched): void {
    const missing = other.totals.all.audioSent - this.totals.all.audioReceived;
    this.missing = [...this.missing, missing].slice(-settlingLooks);
  }

  async state(): Promise<HeldCall> {
    const [pair] = await this.participant.pairs().catch(() => []);
    const { totals, longestGapMs, since, participant } = this;
    const { newConnections } = totals;
    const lostPackets = this.missing.length === 0 ? 0 : Math.max(0, Math.min(...this.missing));
    const address = pair?.remote.address ?? "none";
    const { interruptions } = participant;
    const media = {
      packets: totals.all.received,
      lostPackets,
      newConnections,
      silentMs: Date.now() - since,
      longestGapMs,
    };
    return { addresses: [address], ...media, interruptions };
  }

  /** Undefined while it reconnects: there is nothing to count. */
  private counts(): Promise<PacketCounts | undefined> {
    return this.participant.packetCounts().catch(() => undefined);
  }
}

/** Looks at both again and again. Returns what waits until all that was lost by then is known to be. */
function watch([one, other]: readonly [Watched, Watched]): () => Promise<void> {
  let looks = 0;
  const look = async () => {
    await Promise.all([one.look(), other.look()]);
    one.compare(other);
    other.compare(one);
    looks++;
  };
  const forever = async () => {
    await Promise.all([one.begin(), other.begin()]);
    for (;;) {
      await pause(lookEveryMs);
      await look();
    }
  };
  void forever();
  return async () => {
    for (const last = looks + settlingLooks; looks < last; ) await pause(lookEveryMs);
  };
}

async function hold(order: Order): Promise<void> {
  const path = paths.find(({ id }) => id === order.path);
  if (path === undefined) throw new Error(`no path is named ${order.path}`);
  const late = setTimeout(() => fail(new Error(`no call after ${beginMs / 1000} s`)), beginMs);
  const both = await join(path, order);
  clearTimeout(late);
  const say = async (then?: () => void) => {
    const [one, other] = await Promise.all([both[0].state(), both[1].state()]);
    process.stdout.write(`${JSON.stringify(together(one, other))}\n`, then);
  };
  const settled = watch(both);
  await say();
  for await (const _ of createInterface({ input: process.stdin })) await say();
  await settled();
  await say(() => process.exit());
}

function fail(error: Error): never {
  process.stderr.write(`${error.message}\n`);
  // The native client's threads would keep the process alive.
  process.exit(1);
}

async function join(path: Path, order: Order): Promise<readonly [Watched, Watched]> {
  const alarm = new Alarm();
  const participants = [new Participant(path.number, 0), new Participant(path.number, 1)] as const;
  // One after the other: the room is made for the first.
  for (const [index, participant] of participants.entries()) {
    const { url, connectAddress } = order.entries[index] ?? order.entries[0];
    const reach = { ca: order.ca, ...(connectAddress && { connectAddress }) };
    const { gateway } = await openRoute(path, url, reach, index, alarm);
    await participant.connect(`ws://${gateway.host}`, await token(order, index), path.relay !== undefined);
  }
  await Promise.all(
    participants.map(async (participant) => {
      await participant.publish();
      await participant.verified;
    }),
  );
  for (const participant of participants) participant.stopCamera();
  const [one, other] = participants;
  return [new Watched(one), new Watched(other)];
}

/** The worse of the two. */
function together(one: HeldCall, other: HeldCall): HeldCall {
  return {
    addresses: [...one.addresses, ...other.addresses],
    packets: Math.min(one.packets, other.packets),
    lostPackets: Math.max(one.lostPackets, other.lostPackets),
    newConnections: one.newConnections + other.newConnections,
    silentMs: Math.max(one.silentMs, other.silentMs),
    longestGapMs: Math.max(one.longestGapMs, other.longestGapMs),
    interruptions: one.interruptions + other.interruptions,
  };
}

async function token({ room, apiKey, apiSecret }: Order, index: number): Promise<string> {
  const made = new AccessToken(apiKey, apiSecret, { identity: `held-${index}`, ttl: 3600 });
  made.addGrant({ room, roomJoin: true, canPublish: true, canSubscribe: true });
  return made.toJwt();
}

if (require.main === module) hold(JSON.parse(process.env["ORDER"] ?? "{}")).catch(fail);
