import { paths } from "../../../scripts/smoke/paths";
import {
  drawPicture,
  isPicture,
  PictureDetector,
  pictureHeight,
  pictureNumber,
  pictureWidth,
  readPicture,
} from "../../../scripts/smoke/picture";
import { isTone, readTone, ToneDetector, toneHz, toneSamples } from "../../../scripts/smoke/tone";

const windowSamples = 4800;

/** Generates white noise from a fixed seed. */
function noise(count: number, peak: number): Int16Array {
  let state = 1;
  return Int16Array.from({ length: count }, () => {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    return (state / 0x3fffffff - 1) * peak;
  });
}

describe("the smoke test's tone", () => {
  test("is different for every participant of every path", () => {
    const tones = paths.flatMap(({ number }) => [toneHz(number, 0), toneHz(number, 1)]);
    expect(new Set(tones).size).toBe(2 * paths.length);
    for (const sent of tones) {
      const samples = toneSamples(sent, 1234, windowSamples);
      const heard = tones.filter((tone) => isTone(readTone(samples, tone)));
      expect(heard).toEqual([sent]);
    }
  });

  test("has all of its energy at the tone's frequency if the signal has no noise", () => {
    const reading = readTone(toneSamples(440, 0, windowSamples), 440);
    expect(reading.share).toBeCloseTo(1, 2);
    expect(reading.rms).toBeCloseTo((0.5 * 0x7fff) / Math.SQRT2, -2);
  });

  test("is detected in some noise, but not in noise alone", () => {
    const tone = toneSamples(440, 0, windowSamples);
    const some = noise(windowSamples, 3000);
    const mixed = tone.map((sample, index) => sample + (some[index] ?? 0));
    expect(isTone(readTone(mixed, 440))).toBe(true);
    expect(isTone(readTone(noise(windowSamples, 16000), 440))).toBe(false);
  });

  test("is not detected in silence or in a whisper", () => {
    expect(isTone(readTone(new Int16Array(windowSamples), 440))).toBe(false);
    const whisper = toneSamples(440, 0, windowSamples).map((sample) => sample / 200);
    expect(isTone(readTone(whisper, 440))).toBe(false);
  });

  test("is detected in audio frames of any size; without the tone, the detector describes the received audio", () => {
    const detector = new ToneDetector(440);
    expect(detector.describe()).toBe("no audio arrived");
    expect(detector.push(new Int16Array(5000))).toBe(false);
    expect(detector.describe()).toBe("only silence arrived");
    expect(detector.push(toneSamples(560, 0, 10_000))).toBe(false);
    expect(detector.describe()).toMatch(/^audio arrived, but 0% of it/);
    const heard = Array.from({ length: 30 }, (_, index) => detector.push(toneSamples(440, index * 480, 480)));
    expect(heard).toContain(true);
  });
});

describe("the smoke test's picture", () => {
  const numbers = paths.flatMap(({ number }) => [pictureNumber(number, 0), pictureNumber(number, 1)]);
  const read = (frame: Uint8Array) => readPicture(frame, pictureWidth, pictureHeight);

  test("is different for every participant of every path", () => {
    for (const sent of numbers) {
      const reading = read(drawPicture(sent, true));
      expect(numbers.filter((number) => isPicture(reading, number))).toEqual([sent]);
    }
  });

  test("has frames in the format I420", () => {
    expect(drawPicture(0, true)).toHaveLength((pictureWidth * pictureHeight * 3) / 2);
  });

  test("is recognized in spite of a codec's color errors", () => {
    const blurred = drawPicture(3, false).map((value) => value + (value < 128 ? 20 : -20));
    expect(isPicture(read(blurred), 3)).toBe(true);
  });

  test("is not recognized in black, grey or green (empty) frames", () => {
    const size = pictureWidth * pictureHeight;
    const black = new Uint8Array((size * 3) / 2).fill(128).fill(16, 0, size);
    const grey = new Uint8Array((size * 3) / 2).fill(128);
    for (const frame of [black, grey, new Uint8Array((size * 3) / 2)]) {
      expect(numbers.some((number) => isPicture(read(frame), number))).toBe(false);
    }
  });

  test("is recognized only if the picture changes; before that, the detector describes the received video", () => {
    const show = (detector: PictureDetector, frame: Uint8Array) => detector.push(frame, pictureWidth, pictureHeight);
    const detector = new PictureDetector(5);
    expect(detector.describe()).toBe("no video arrived");
    expect(show(detector, new Uint8Array(pictureWidth * pictureHeight * 1.5))).toBe(false);
    expect(detector.describe()).toBe("only black video arrived");
    expect(show(detector, drawPicture(4, true))).toBe(false);
    expect(detector.describe()).toBe("video arrived, but not the sent picture");
    expect(show(detector, drawPicture(5, true))).toBe(false);
    expect(show(detector, drawPicture(5, true))).toBe(false);
    expect(detector.describe()).toBe("the sent picture arrived, but does not change");
    expect(show(detector, drawPicture(5, false))).toBe(true);
  });

  test("is recognized in a scaled frame of odd size", () => {
    const [width, height] = [161, 121];
    const source = drawPicture(7, true);
    const plane = (start: number, from: [number, number], to: [number, number]) =>
      Uint8Array.from({ length: to[0] * to[1] }, (_, index) => {
        const x = Math.floor(((index % to[0]) / to[0]) * from[0]);
        const y = Math.floor((Math.floor(index / to[0]) / to[1]) * from[1]);
        return source[start + y * from[0] + x] ?? 0;
      });
    const luma = pictureWidth * pictureHeight;
    const scaled = Buffer.concat([
      plane(0, [pictureWidth, pictureHeight], [width, height]),
      plane(luma, [pictureWidth / 2, pictureHeight / 2], [81, 61]),
      plane(luma * 1.25, [pictureWidth / 2, pictureHeight / 2], [81, 61]),
    ]);
    expect(isPicture(readPicture(scaled, width, height), 7)).toBe(true);
  });
});
