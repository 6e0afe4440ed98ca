import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { AccessToken } from "livekit-server-sdk";
import { Alarm } from "../../scripts/smoke/error";
import { type PacketCounts, Participant } from "../../scripts/smoke/participant";
import { type Path, paths } from "../../scripts/smoke/paths";
import { openRoute } from "../../scripts/smoke/route";
import { noPackets, PacketTotals } from "./packet-totals";

/**
 * Program that holds a call between two participants until its input ends. It prints the call's state once connected,
 * for each line of input, and at the end.
 */
interface Order {
  readonly path: string;
  /** Where each participant joins. The first participant's entry determines where LiveKit creates the room. */
  readonly entries: readonly [Entry, Entry];
  readonly room: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly ca: string;
}

/** Where a participant joins. */
export interface Entry {
  /** URL with wss://. */
  readonly url: string;
  /** Address to connect to instead of the URL's resolved one. */
  readonly connectAddress?: string;
}

/** State of a call and its media. */
export interface HeldCall {
  /** Public address of the node that sends media to each participant; `none` without a connection. */
  readonly addresses: readonly string[];
  readonly packets: number;
  /**
   * Audio packets that one participant sent and the other never received. A busy processor delays packets but loses
   * none.
   */
  readonly lostPackets: number;
  /** How often a participant's media moved to a new connection. */
  readonly newConnections: number;
  /** Time since a participant received its last packet. */
  readonly silentMs: number;
  /** Longest time in which a participant received no media packet. Audio alone sends one every 20 ms. */
  readonly longestGapMs: number;
  /** How often a participant lost its connection. */
  readonly interruptions: number;
}

/**
 * Sampling interval. It is long, because reading the statistics of two clients takes more processor time than their
 * audio.
 */
const lookEveryMs = 500;
/** Time limit for a call to connect. It is longer than any successful call needs. */
const beginMs = 20_000;

/**
 * Number of samples whose missing packets are compared. Their minimum is the number of lost packets: it leaves out
 * packets in flight, unless the network delays packets for longer than all samples.
 */
const finalLooks = 4;

/** A participant, with the media that it receives. */
class Watched {
  private totals = new PacketTotals(noPackets);
  private since = Date.now();
  private longestGapMs = 0;
  /** Number of packets that were sent to this participant but not received, for each measurement. */
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
    this.missing = [...this.missing, missing].slice(-finalLooks);
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

  /** Undefined while the participant reconnects and has no statistics. */
  private counts(): Promise<PacketCounts | undefined> {
    return this.participant.packetCounts().catch(() => undefined);
  }
}

/** Samples both participants continuously. Returns a function that waits until all packets lost so far are counted. */
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
    for (const last = looks + finalLooks; looks < last; ) await pause(lookEveryMs);
  };
}

async function hold(order: Order): Promise<void> {
  const path = paths.find(({ id }) => id === order.path);
  if (path === undefined) throw new Error(`no network path is named ${order.path}`);
  const late = setTimeout(() => fail(new Error(`the call did not connect within ${beginMs / 1000} s`)), beginMs);
  const both = await join(path, order);
  clearTimeout(late);
  const printState = async (then?: () => void) => {
    const [one, other] = await Promise.all([both[0].state(), both[1].state()]);
    process.stdout.write(`${JSON.stringify(together(one, other))}\n`, then);
  };
  const finishWatching = watch(both);
  await printState();
  for await (const _ of createInterface({ input: process.stdin })) await printState();
  await finishWatching();
  await printState(() => process.exit());
}

function fail(error: Error): never {
  process.stderr.write(`${error.message}\n`);
  // The native client's threads would keep the process alive.
  process.exit(1);
}

async function join(path: Path, order: Order): Promise<readonly [Watched, Watched]> {
  const alarm = new Alarm();
  const participants = [new Participant(path.number, 0), new Participant(path.number, 1)] as const;
  // Join in sequence, because the first participant creates the room.
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

/**
 * Combines both participants' states: adds newConnections and interruptions, and keeps the worse of the other numbers.
 */
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
