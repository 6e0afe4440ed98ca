/** What a room asks of the server that it is on. */

/** Mbps of one participant's streams, as one viewer receives them: the seed's table. */
export const qualityMbps = { "360p": 0.54, "720p": 1.5, "1080p": 3, audio: 0.04 } as const;

export type Quality = keyof typeof qualityMbps;

export const qualities = Object.keys(qualityMbps) as Quality[];

/** Rooms of one shape. */
export interface RoomShape {
  /** From 2. */
  readonly participants: number;
  /** How many of them are seen and heard. In a meeting all are; in a webinar a few. */
  readonly publishers: number;
  readonly quality: Quality;
  /** Share of the participants whose media goes through the TURN relay, 0 to 1. */
  readonly turnShare: number;
}

/** Media through one server, or through several together. */
export interface Traffic {
  readonly participants: number;
  /** Streams that the server sends: each publisher's, to everybody else. */
  readonly copies: number;
  readonly egressMbps: number;
  readonly ingestMbps: number;
  readonly packetsOutPerSecond: number;
  readonly packetsInPerSecond: number;
  /** Of the media in and out, what also passes the relay. That is on the same node: it leaves the node once. */
  readonly relayedMbps: number;
}

/** Bytes of a video packet in LiveKit's benchmark of a livestream: 531 MB/s in 560,962 packets. */
export const videoPacketBytes = 947;
/** Opus puts 20 ms into a packet (RFC 7587). */
export const audioPacketsPerSecond = 50;
/** A simulcast publisher sends smaller layers too: 450 and 160 kbps beside 1.7 Mbps (livekit-client's presets for 720p). */
const simulcastFactor = 1.36;

/**
 * Share of participants that need the relay where nobody has measured it. Peer-to-peer services relay 15 to 22% of their
 * calls (Twilio; callstats.io on webrtchacks.com), since two private networks must meet there. Here the server has an
 * address of its own, and takes UDP and, on 7881, TCP: only networks that let neither out are left, about half of those.
 */
export const defaultTurnShare = 0.1;

/** The room where nobody says what one is like. */
export const defaultRoom: RoomShape = { participants: 4, publishers: 4, quality: "720p", turnShare: defaultTurnShare };

/**
 * Traffic of one room. With n participants who all publish the server sends n(n-1) streams, and each participant receives
 * (n-1) times the quality: the seed's formula. It is an upper bound: an application that shows few pictures at once, or
 * small ones, receives fewer and smaller streams.
 *
 * @example roomTraffic({participants: 4, publishers: 4, quality: "720p", turnShare: 0}).egressMbps // 18: 4 x 3 x 1.5
 */
export function roomTraffic({ participants, publishers, quality, turnShare }: RoomShape): Traffic {
  const copies = publishers * (participants - 1);
  const videoMbps = quality === "audio" ? 0 : qualityMbps[quality] - qualityMbps.audio;
  const videoPackets = megabytes(videoMbps) * (1e6 / videoPacketBytes);
  const egressMbps = copies * qualityMbps[quality];
  const ingestMbps = publishers * (videoMbps * simulcastFactor + qualityMbps.audio);
  return {
    participants,
    copies,
    egressMbps,
    ingestMbps,
    packetsOutPerSecond: copies * (videoPackets + audioPacketsPerSecond),
    packetsInPerSecond: publishers * (videoPackets * simulcastFactor + audioPacketsPerSecond),
    relayedMbps: turnShare * (egressMbps + ingestMbps),
  };
}

/** Traffic of so many rooms. */
export function times(traffic: Traffic, rooms: number): Traffic {
  const scaled = Object.entries(traffic).map(([name, value]) => [name, (value as number) * rooms]);
  return Object.fromEntries(scaled) as unknown as Traffic;
}

/** What a participant of such a room receives at most, in Mbps: the seed's (n-1) times the quality, where all publish. */
export function downlinkMbps({ participants, publishers, quality }: RoomShape): number {
  return Math.min(publishers, participants - 1) * qualityMbps[quality];
}

/** Megabytes of so many megabits. */
export function megabytes(megabits: number): number {
  return megabits / 8;
}
