export const sampleRateHz = 48_000;

/** Samples per measurement: a tenth of a second, which resolves 10 Hz. The tones are 60 Hz apart. */
const windowSamples = sampleRateHz / 10;
const amplitude = 0.5 * 0x7fff;
const silenceRms = 0.01 * 0x7fff;
const dominantShare = 0.8;

/** Returns the frequency of a participant's (0 or 1) tone on a path. All tones differ. */
export function toneHz(pathNumber: number, participant: number): number {
  return 440 + 120 * pathNumber + 60 * participant;
}

/** Returns samples of a tone, from `start` samples after its beginning. */
export function toneSamples(frequencyHz: number, start: number, count: number): Int16Array {
  const step = (2 * Math.PI * frequencyHz) / sampleRateHz;
  return Int16Array.from({ length: count }, (_, index) => amplitude * Math.sin(step * (start + index)));
}

export interface ToneReading {
  readonly rms: number;
  /** Share of the total energy that is at the given frequency: 1 for a pure tone. */
  readonly share: number;
}

/** Measures a tone with the Goertzel algorithm, relative to the total energy of the samples. */
export function readTone(samples: Int16Array, frequencyHz: number): ToneReading {
  const coefficient = 2 * Math.cos((2 * Math.PI * frequencyHz) / sampleRateHz);
  let energy = 0;
  let last = 0;
  let beforeLast = 0;
  for (const sample of samples) {
    const current = sample + coefficient * last - beforeLast;
    beforeLast = last;
    last = current;
    energy += sample * sample;
  }
  const power = last * last + beforeLast * beforeLast - coefficient * last * beforeLast;
  return {
    rms: Math.sqrt(energy / samples.length),
    share: energy === 0 ? 0 : (2 * power) / (samples.length * energy),
  };
}

export function isTone({ rms, share }: ToneReading): boolean {
  return rms > silenceRms && share > dominantShare;
}

/** Detects a tone in a stream of audio frames. */
export class ToneDetector {
  private window = new Int16Array(windowSamples);
  private filled = 0;
  private reading?: ToneReading;

  constructor(private readonly frequencyHz: number) {}

  /** Adds a frame. @returns whether a whole window has contained the tone */
  push(frame: Int16Array): boolean {
    for (let offset = 0; offset < frame.length; ) {
      const part = frame.subarray(offset, offset + windowSamples - this.filled);
      this.window.set(part, this.filled);
      this.filled += part.length;
      offset += part.length;
      if (this.filled === windowSamples && this.isHeard()) return true;
    }
    return false;
  }

  /** Describes the audio that arrived instead of the expected tone. */
  describe(): string {
    if (this.reading === undefined) return "no audio arrived";
    if (this.reading.rms <= silenceRms) return "only silence arrived";
    return `audio arrived, but ${Math.round(this.reading.share * 100)}% of it is the ${this.frequencyHz} Hz tone that was sent`;
  }

  private isHeard(): boolean {
    this.filled = 0;
    this.reading = readTone(this.window, this.frequencyHz);
    return isTone(this.reading);
  }
}
