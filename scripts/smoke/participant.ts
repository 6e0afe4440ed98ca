import {
  AudioFrame,
  AudioSource,
  AudioStream,
  ContinualGatheringPolicy,
  IceTransportType,
  LocalAudioTrack,
  LocalVideoTrack,
  type RemoteTrack,
  Room,
  RoomEvent,
  TrackKind,
  TrackPublishOptions,
  TrackSource,
  VideoBufferType,
  VideoFrame,
  VideoSource,
  VideoStream,
} from "@livekit/rtc-node";
import { type CandidatePair, selectedPairs } from "./pair";
import { drawPicture, PictureDetector, pictureHeight, pictureNumber, pictureWidth } from "./picture";
import { sampleRateHz, ToneDetector, toneHz, toneSamples } from "./tone";

const audioFrameSamples = sampleRateHz / 50;
const framesPerSecond = 15;
/** Number of frames after which the picture's square switches between lit and dark. */
const blinkFrames = 2;

/** When each event happened, in milliseconds as of `Date.now()`. */
export interface Moments {
  connected?: number;
  firstAudio?: number;
  firstVideo?: number;
}

/** Counts of RTP packets on a participant's current connections. */
export interface PacketCounts {
  readonly received: number;
  readonly audioReceived: number;
  readonly audioSent: number;
}

/** A real WebRTC client that sends its tone and picture, and detects those of the other participant. */
export class Participant {
  readonly moments: Moments = {};
  /** How often the connection was lost, including times when it recovered. */
  interruptions = 0;
  private readonly room = new Room();
  private readonly ears: ToneDetector;
  private readonly eyes: PictureDetector;
  private readonly audio = new AudioSource(sampleRateHz, 1, 200);
  private readonly video = new VideoSource(pictureWidth, pictureHeight);
  private readonly tracks = [
    LocalAudioTrack.createAudioTrack("tone", this.audio),
    LocalVideoTrack.createVideoTrack("picture", this.video),
  ] as const;
  private closing = false;
  private speaking?: Promise<void>;
  private camera?: NodeJS.Timeout;
  private received!: () => void;
  /** Resolves when the audio and video of the other participant have been verified. */
  readonly verified: Promise<void>;

  constructor(
    private readonly pathNumber: number,
    private readonly index: 0 | 1,
  ) {
    const other = 1 - index;
    this.ears = new ToneDetector(toneHz(pathNumber, other));
    this.eyes = new PictureDetector(pictureNumber(pathNumber, other));
    this.verified = new Promise((resolve) => {
      this.received = resolve;
    });
  }

  /**
   * Joins the room. @throws rtc-node's ConnectError, without its cause: the gateway reports the cause to its `Alarm`
   */
  async connect(url: string, token: string, relayOnly: boolean): Promise<void> {
    this.room.on(RoomEvent.TrackSubscribed, (track) => void this.receive(track));
    this.room.on(RoomEvent.Reconnecting, () => this.interruptions++);
    this.room.on(RoomEvent.Disconnected, () => this.interruptions++);
    await this.room.connect(url, token, {
      autoSubscribe: true,
      dynacast: false,
      rtcConfig: {
        iceTransportType: relayOnly ? IceTransportType.TRANSPORT_RELAY : IceTransportType.TRANSPORT_ALL,
        continualGatheringPolicy: ContinualGatheringPolicy.GATHER_ONCE,
        iceServers: [],
      },
    });
    this.moments.connected = Date.now();
  }

  async publish(): Promise<void> {
    this.speaking = this.speak();
    this.camera = this.film();
    const [tone, picture] = this.tracks;
    const publisher = this.room.localParticipant;
    await publisher?.publishTrack(tone, new TrackPublishOptions({ source: TrackSource.SOURCE_MICROPHONE }));
    await publisher?.publishTrack(
      picture,
      new TrackPublishOptions({ source: TrackSource.SOURCE_CAMERA, simulcast: false }),
    );
  }

  /** Stops sending video. Its encoding and decoding take most of a client's processor time. */
  stopCamera(): void {
    clearInterval(this.camera);
  }

  async pairs(): Promise<CandidatePair[]> {
    return selectedPairs(await this.room.getRtcStats());
  }

  async packetCounts(): Promise<PacketCounts> {
    const { publisherStats, subscriberStats } = await this.room.getRtcStats();
    const counts = { received: 0, audioReceived: 0, audioSent: 0 };
    for (const { stats } of [...publisherStats, ...subscriberStats]) {
      if (stats.case === "inboundRtp") {
        const packets = Number(stats.value.received?.packetsReceived ?? 0);
        counts.received += packets;
        if (stats.value.stream?.kind === "audio") counts.audioReceived += packets;
      }
      if (stats.case === "outboundRtp" && stats.value.stream?.kind === "audio") {
        counts.audioSent += Number(stats.value.sent?.packetsSent ?? 0);
      }
    }
    return counts;
  }

  /** Describes the media that have not been verified yet. Empty if all have been. */
  missing(): string[] {
    return [
      ...(this.moments.firstAudio === undefined ? [this.ears.describe()] : []),
      ...(this.moments.firstVideo === undefined ? [this.eyes.describe()] : []),
    ];
  }

  async close(): Promise<void> {
    this.closing = true;
    this.stopCamera();
    await this.speaking;
    await this.room.disconnect();
    // Closing a track also closes its source.
    await Promise.all(this.tracks.map((track) => track.close()));
  }

  /** Sends the tone. Needs no timer: the audio source's queue limits the rate of frames. */
  private async speak(): Promise<void> {
    const frequencyHz = toneHz(this.pathNumber, this.index);
    for (let start = 0; !this.closing; start += audioFrameSamples) {
      const samples = toneSamples(frequencyHz, start, audioFrameSamples);
      await this.audio.captureFrame(new AudioFrame(samples, sampleRateHz, 1, audioFrameSamples));
    }
  }

  private film(): NodeJS.Timeout {
    const number = pictureNumber(this.pathNumber, this.index);
    const frames = [true, false].map(
      (lit) => new VideoFrame(drawPicture(number, lit), pictureWidth, pictureHeight, VideoBufferType.I420),
    );
    let count = 0;
    return setInterval(() => {
      const frame = frames[Math.floor(count++ / blinkFrames) % frames.length];
      if (frame) this.video.captureFrame(frame);
    }, 1000 / framesPerSecond);
  }

  private async receive(track: RemoteTrack): Promise<void> {
    if (track.kind === TrackKind.KIND_AUDIO) await this.listen(track);
    if (track.kind === TrackKind.KIND_VIDEO) await this.look(track);
    if (this.missing().length === 0) this.received();
  }

  private async listen(track: RemoteTrack): Promise<void> {
    for await (const { data } of new AudioStream(track, sampleRateHz, 1)) {
      if (!this.ears.push(data)) continue;
      this.moments.firstAudio = Date.now();
      return;
    }
  }

  private async look(track: RemoteTrack): Promise<void> {
    for await (const { frame } of new VideoStream(track)) {
      const { data, width, height } = frame.convert(VideoBufferType.I420);
      if (!this.eyes.push(data, width, height)) continue;
      this.moments.firstVideo = Date.now();
      return;
    }
  }
}
