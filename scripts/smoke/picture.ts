export const pictureWidth = 320;
export const pictureHeight = 240;

/** A colour as Y, U, V (BT.601, limited range). */
type Color = readonly [number, number, number];

const palette: readonly Color[] = [
  [81, 90, 240], // red
  [145, 54, 34], // green
  [41, 240, 110], // blue
  [210, 16, 146], // yellow
];
const light: Color = [235, 128, 128];
const dark: Color = [16, 128, 128];
/**
 * Largest difference at which colors count as equal. Any two colors of the palette differ by at least 100 in one
 * component.
 */
const tolerance = 40;

/**
 * Returns the number of the picture that a participant (0 or 1) sends on a path. Each number is one order of four
 * colors, and the 24 orders are enough for all paths.
 */
export function pictureNumber(pathNumber: number, participant: number): number {
  return 2 * pathNumber + participant;
}

/** Draws an I420 frame: four coloured quadrants, whose order encodes the number, and a square that is lit or dark. */
export function drawPicture(number: number, lit: boolean): Uint8Array {
  const quadrants = colorOrder(number);
  const planes = [1, 2, 2].map((scale, component) =>
    plane(pictureWidth / scale, pictureHeight / scale, (x, y) => {
      const inSquare = Math.abs(x - 0.5) < 0.125 && Math.abs(y - 0.5) < 0.125;
      const color = inSquare ? (lit ? light : dark) : quadrants[(x < 0.5 ? 0 : 1) + (y < 0.5 ? 0 : 2)];
      return color?.[component] ?? 0;
    }),
  );
  return Buffer.concat(planes);
}

export interface PictureReading {
  /** Top left, top right, bottom left, bottom right. */
  readonly quadrants: readonly Color[];
  readonly middle: Color;
}

/** Reads an I420 frame of any size: averages a patch of pixels in each quadrant, and one in the middle. */
export function readPicture(frame: Uint8Array, width: number, height: number): PictureReading {
  const patch = (x: number, y: number): Color => patchColor(frame, width, height, x, y);
  return {
    quadrants: [patch(0.25, 0.25), patch(0.75, 0.25), patch(0.25, 0.75), patch(0.75, 0.75)],
    middle: patch(0.5, 0.5),
  };
}

/** Reports whether the quadrants are those of the picture with this number. */
export function isPicture({ quadrants }: PictureReading, number: number): boolean {
  return colorOrder(number).every((color, index) => isNear(quadrants[index], color));
}

/** Detects a picture in a stream of frames: the expected colors, with the square both lit and dark. */
export class PictureDetector {
  private reading?: PictureReading;
  private readonly seen = new Set<"lit" | "dark">();

  constructor(private readonly number: number) {}

  /** Adds a frame. @returns whether the picture has been seen with both states of its square */
  push(frame: Uint8Array, width: number, height: number): boolean {
    this.reading = readPicture(frame, width, height);
    if (isPicture(this.reading, this.number)) {
      if (isNear(this.reading.middle, light)) this.seen.add("lit");
      if (isNear(this.reading.middle, dark)) this.seen.add("dark");
    }
    return this.seen.size === 2;
  }

  /** Describes the video that arrived instead of the expected picture. */
  describe(): string {
    if (this.reading === undefined) return "no video arrived";
    if (this.seen.size > 0) return "the sent picture arrived, but does not change";
    if (this.reading.quadrants.every(([luma]) => luma < 30)) return "only black video arrived";
    return "video arrived, but not the sent picture";
  }
}

/** Returns the number-th permutation of the palette. */
function colorOrder(number: number): Color[] {
  const left = [...palette];
  let rest = number;
  return palette.flatMap(() => {
    const index = rest % left.length;
    rest = Math.floor(rest / left.length);
    return left.splice(index, 1);
  });
}

function isNear(color: Color | undefined, wanted: Color): boolean {
  return color?.every((value, index) => Math.abs(value - (wanted[index] ?? 0)) <= tolerance) ?? false;
}

function plane(width: number, height: number, value: (x: number, y: number) => number): Uint8Array {
  return Uint8Array.from({ length: width * height }, (_, index) =>
    value(((index % width) + 0.5) / width, (Math.floor(index / width) + 0.5) / height),
  );
}

function patchColor(frame: Uint8Array, width: number, height: number, x: number, y: number): Color {
  const chromaWidth = Math.ceil(width / 2);
  const chromaHeight = Math.ceil(height / 2);
  const chromaStart = width * height;
  const chromaSize = chromaWidth * chromaHeight;
  return [
    patchMean(frame, 0, width, height, x, y),
    patchMean(frame, chromaStart, chromaWidth, chromaHeight, x, y),
    patchMean(frame, chromaStart + chromaSize, chromaWidth, chromaHeight, x, y),
  ];
}

/** Returns the mean of the 5 by 5 pixels around a point, whose position is a fraction of width and height. */
function patchMean(frame: Uint8Array, start: number, width: number, height: number, x: number, y: number): number {
  const left = Math.floor(x * width) - 2;
  const top = Math.floor(y * height) - 2;
  let sum = 0;
  for (let row = top; row < top + 5; row++) {
    for (let column = left; column < left + 5; column++) sum += frame[start + row * width + column] ?? 0;
  }
  return sum / 25;
}
