import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { AccessToken } from "livekit-server-sdk";
import { Alarm } from "../../scripts/smoke/fault";
import { Participant } from "../../scripts/smoke/participant";
import { type Path, paths } from "../../scripts/smoke/paths";
import { openRoute } from "../../scripts/smoke/route";

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
  /** Since one of the two got its last packet. */
  readonly silentMs: number;
  /** Longest time in which one of the two got no packet of media: audio alone comes every 20 ms. */
  readonly longestGapMs: number;
  /** How often one of the two lost its connection. */
  readonly interruptions: number;
}

/** Statistics of two clients cost more than their media. */
const lookEveryMs = 250;
/** Longer than any call takes to begin; one that has not begun by then never does. */
const beginMs = 20_000;

/** One of the two, and what comes to it. */
class Watched {
  private packets = 0;
  private since = Date.now();
  private longestGapMs = 0;

  constructor(readonly participant: Participant) {}

  /** Ends with the process. */
  async watch(): Promise<never> {
    let count = await this.received();
    this.since = Date.now();
    for (;;) {
      await pause(lookEveryMs);
      const now = await this.received();
      this.longestGapMs = Math.max(this.longestGapMs, Date.now() - this.since);
      if (now > count) [this.packets, this.since] = [this.packets + now - count, Date.now()];
      // A client that has connected anew counts anew.
      count = now;
    }
  }

  async state(): Promise<HeldCall> {
    const [pair] = await this.participant.pairs().catch(() => []);
    const { packets, longestGapMs, since, participant } = this;
    const address = pair?.remote.address ?? "none";
    const { interruptions } = participant;
    return { addresses: [address], packets, silentMs: Date.now() - since, longestGapMs, interruptions };
  }

  /** While it connects anew there is nothing to count. */
  private received(): Promise<number> {
    return this.participant.packetsReceived().catch(() => 0);
  }
}

async function hold(order: Order): Promise<void> {
  const path = paths.find(({ id }) => id === order.path);
  if (path === undefined) throw new Error(`no path is named ${order.path}`);
  const late = setTimeout(() => fail(new Error(`no call after ${beginMs / 1000} s`)), beginMs);
  const both = await join(path, order);
  clearTimeout(late);
  const say = async (then?: () => void) => {
    const states = await Promise.all(both.map((each) => each.state()));
    process.stdout.write(`${JSON.stringify(states.reduce(together))}\n`, then);
  };
  for (const each of both) void each.watch();
  await say();
  for await (const _ of createInterface({ input: process.stdin })) await say();
  await say(() => process.exit());
}

function fail(error: Error): never {
  process.stderr.write(`${error.message}\n`);
  // The native client's threads would keep the process alive.
  process.exit(1);
}

async function join(path: Path, order: Order): Promise<Watched[]> {
  const alarm = new Alarm();
  const participants = [new Participant(path.number, 0), new Participant(path.number, 1)];
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
  return participants.map((participant) => new Watched(participant));
}

/** The worse of the two. */
function together(one: HeldCall, other: HeldCall): HeldCall {
  return {
    addresses: [...one.addresses, ...other.addresses],
    packets: Math.min(one.packets, other.packets),
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
