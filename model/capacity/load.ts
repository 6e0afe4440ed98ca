/** The load of a room on its server. */

/** Mbps of one participant's streams, as one viewer receives them. */
export const qualityMbps = { "360p": 0.54, "720p": 1.5, "1080p": 3, audio: 0.04 } as const;

export type Quality = keyof typeof qualityMbps;

export const qualities = Object.keys(qualityMbps) as Quality[];

/** Size and media of a room. */
export interface RoomShape {
  /** At least 2. */
  readonly participants: number;
  /** Participants who send media: all of them in a meeting, a few in a webinar. */
  readonly publishers: number;
  readonly quality: Quality;
  /** Share of the participants whose media uses the TURN relay, 0 to 1. */
  readonly turnShare: number;
}

/** Media through one server, or through several together. */
export interface Traffic {
  readonly participants: number;
  /** Streams that the server sends: each publisher's stream to every other participant. */
  readonly copies: number;
  readonly egressMbps: number;
  readonly ingestMbps: number;
  readonly packetsOutPerSecond: number;
  readonly packetsInPerSecond: number;
  /**
   * Part of the media in and out that also passes through the relay. The relay is on the same node, so this media
   * leaves the node once.
   */
  readonly relayedMbps: number;
}

/** Bytes of a video packet in LiveKit's livestream benchmark: 531 MB/s in 560,962 packets. */
export const videoPacketBytes = 947;
/** Opus puts 20 ms into a packet (RFC 7587). */
export const audioPacketsPerSecond = 50;
/**
 * A simulcast publisher also sends smaller layers: 450 and 160 kbps besides 1.7 Mbps (livekit-client's presets for
 * 720p).
 */
const simulcastFactor = 1.36;

/**
 * Share of participants that need the relay, if it is not measured. Peer-to-peer services relay 15 to 22% of their
 * calls, because two private networks must connect (Twilio; callstats.io on webrtchacks.com). Here the server has a
 * public address, and accepts UDP and, on 7881, TCP. Only participants in networks that block both need the relay:
 * about half of those 15 to 22%.
 */
export const defaultTurnShare = 0.1;

/** The default room. */
export const defaultRoom: RoomShape = { participants: 4, publishers: 4, quality: "720p", turnShare: defaultTurnShare };

/**
 * Returns the traffic of one room. If all n participants publish, the server sends n(n-1) streams, and each participant
 * receives (n-1) times the quality. This is an upper bound: an application that shows few or small pictures at a time
 * receives fewer and smaller streams.
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

/** Returns the traffic of a number of equal rooms. */
export function times(traffic: Traffic, rooms: number): Traffic {
  const scaled = Object.entries(traffic).map(([name, value]) => [name, (value as number) * rooms]);
  return Object.fromEntries(scaled) as unknown as Traffic;
}

/** Returns the most that a participant of such a room receives, in Mbps: (n-1) times the quality, if all n publish. */
export function downlinkMbps({ participants, publishers, quality }: RoomShape): number {
  return Math.min(publishers, participants - 1) * qualityMbps[quality];
}

/** Converts megabits to megabytes. */
export function megabytes(megabits: number): number {
  return megabits / 8;
}
