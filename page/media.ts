import { createLocalTracks, type LocalTrack, Track } from "livekit-client";

/** Tracks that a participant publishes, and a notice if they are not the requested ones. */
export interface OwnMedia {
  readonly tracks: readonly (LocalTrack | MediaStreamTrack)[];
  readonly notice?: string;
}

const kinds = ["video", "audio"] as const;
type Kind = (typeof kinds)[number];

export const sources: Readonly<Record<Kind, Track.Source>> = {
  video: Track.Source.Camera,
  audio: Track.Source.Microphone,
};

/** Opens camera and microphone. Generates a picture or tone for a device that is missing or not permitted. */
export async function fromDevices(name: string): Promise<OwnMedia> {
  try {
    return { tracks: await createLocalTracks({ video: true, audio: true }) };
  } catch {
    // A request for both fails if either is missing, so request each separately.
    const missing: string[] = [];
    const tracks: (LocalTrack | MediaStreamTrack)[] = [];
    for (const kind of kinds) {
      try {
        tracks.push(...(await createLocalTracks({ [kind]: true })));
      } catch (error) {
        missing.push(`${devices[kind]} ${whyMissing(error)}`);
        tracks.push(generators[kind](name));
      }
    }
    return { tracks, ...(missing.length > 0 && { notice: `Generated in its place: ${missing.join("; ")}.` }) };
  }
}

/** Generates a moving picture with the participant's name, and a pulsing tone. */
export function generated(name: string): OwnMedia {
  return { tracks: kinds.map((kind) => generators[kind](name)) };
}

const devices: Readonly<Record<Kind, string>> = { video: "the camera", audio: "the microphone" };

function whyMissing(error: unknown): string {
  switch (error instanceof DOMException ? error.name : "") {
    case "NotAllowedError":
      return "is not allowed to this page";
    case "NotFoundError":
      return "was not found";
    case "NotReadableError":
      return "is in use by another program";
    default:
      return `does not work (${error instanceof Error ? error.message : error})`;
  }
}

const generators: Readonly<Record<Kind, (name: string) => MediaStreamTrack>> = { video: picture, audio: tone };

const width = 640;
const height = 360;
const framesPerSecond = 15;

function picture(name: string): MediaStreamTrack {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const [track] = canvas.captureStream(framesPerSecond).getVideoTracks();
  const context = canvas.getContext("2d");
  if (track === undefined || context === null) throw new Error("this browser makes no picture from a canvas");
  // Uses a timer, because animation frames stop in a background tab.
  const timer = setInterval(() => {
    if (track.readyState === "ended") clearInterval(timer);
    else draw(context, name, performance.now() / 1000);
  }, 1000 / framesPerSecond);
  return track;
}

function draw(context: CanvasRenderingContext2D, name: string, seconds: number): void {
  context.fillStyle = `hsl(${(seconds * 40) % 360} 60% 35%)`;
  context.fillRect(0, 0, width, height);
  context.fillStyle = "white";
  context.beginPath();
  context.arc(width * (0.5 + 0.4 * Math.sin(seconds)), height * 0.8, 24, 0, 2 * Math.PI);
  context.fill();
  context.font = "600 48px system-ui, sans-serif";
  context.textAlign = "center";
  context.fillText(name, width / 2, height * 0.4, width * 0.9);
  context.font = "32px ui-monospace, monospace";
  context.fillText(new Date().toLocaleTimeString(), width / 2, height * 0.58);
}

/** Generates a soft tone that pulses once a second. Its pitch is random, so that participants can be distinguished. */
function tone(): MediaStreamTrack {
  const audio = new AudioContext();
  const voice = new OscillatorNode(audio, { frequency: 220 + 220 * Math.random() });
  const loudness = new GainNode(audio, { gain: 0.05 });
  const swell = new GainNode(audio, { gain: 0.05 });
  const rhythm = new OscillatorNode(audio, { frequency: 1 });
  const output = new MediaStreamAudioDestinationNode(audio);
  voice.connect(loudness).connect(output);
  rhythm.connect(swell).connect(loudness.gain);
  voice.start();
  rhythm.start();
  const [track] = output.stream.getAudioTracks();
  if (track === undefined) throw new Error("this browser makes no sound of its own");
  // Polls the track's state, because a track that the page itself stops fires no `ended` event.
  const timer = setInterval(() => {
    if (track.readyState !== "ended") return;
    clearInterval(timer);
    void audio.close();
  }, 1000);
  return track;
}
