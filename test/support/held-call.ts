import { setTimeout as pause } from "node:timers/promises";
import { AccessToken } from "livekit-server-sdk";
import { Alarm } from "../../scripts/smoke/fault";
import { Participant } from "../../scripts/smoke/participant";
import { paths } from "../../scripts/smoke/paths";
import { openRoute } from "../../scripts/smoke/route";

/** Holds a call between two participants until it is told to end, and then says how the media was. A program of its own. */
interface Order {
  readonly path: string;
  readonly url: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly ca: string;
}

/** How the media of a held call was. */
export interface HeldCall {
  readonly packets: number;
  /** Longest time in which one of the two got no packet of media: audio alone comes every 20 ms. */
  readonly longestGapMs: number;
  /** How often one of the two lost its connection. */
  readonly interruptions: number;
}

const lookEveryMs = 20;

async function hold(order: Order): Promise<void> {
  const path = paths.find(({ id }) => id === order.path);
  if (path === undefined) throw new Error(`no path is named ${order.path}`);
  const alarm = new Alarm();
  const participants = [new Participant(path.number, 0), new Participant(path.number, 1)];
  await Promise.all(
    participants.map(async (participant, index) => {
      const { gateway } = await openRoute(path, order.url, order, index, alarm);
      await participant.connect(`ws://${gateway.host}`, await token(order, index), path.relay !== undefined);
      await participant.publish();
      await participant.verified;
    }),
  );
  let ending = false;
  process.stdin.once("end", () => {
    ending = true;
  });
  process.stdin.resume();
  process.stdout.write("held\n");
  const results = await Promise.all(participants.map((participant) => watch(participant, () => ending)));
  const held: HeldCall = {
    packets: Math.min(...results.map(({ packets }) => packets)),
    longestGapMs: Math.max(...results.map(({ longestGapMs }) => longestGapMs)),
    interruptions: results.reduce((sum, { interruptions }) => sum + interruptions, 0),
  };
  process.stdout.write(`${JSON.stringify(held)}\n`, () => process.exit());
}

async function watch(participant: Participant, isEnding: () => boolean): Promise<HeldCall> {
  const first = await participant.packetsReceived();
  let [packets, since, longestGapMs] = [first, Date.now(), 0];
  while (!isEnding()) {
    await pause(lookEveryMs);
    const now = await participant.packetsReceived().catch(() => undefined);
    // Cut off for good, whatever it is worth to wait for.
    if (now === undefined)
      return { packets: packets - first, longestGapMs, interruptions: participant.interruptions + 1 };
    longestGapMs = Math.max(longestGapMs, Date.now() - since);
    if (now !== packets) [packets, since] = [now, Date.now()];
  }
  return { packets: packets - first, longestGapMs, interruptions: participant.interruptions };
}

async function token({ path, apiKey, apiSecret }: Order, index: number): Promise<string> {
  const made = new AccessToken(apiKey, apiSecret, { identity: `held-${index}`, ttl: 3600 });
  made.addGrant({ room: `held-${path}`, roomJoin: true, canPublish: true, canSubscribe: true });
  return made.toJwt();
}

if (require.main === module) void hold(JSON.parse(process.env["ORDER"] ?? "{}"));
