import type { Track } from "livekit-client";

/** One tile for each participant of a call, in a container of the page. */
export class Tiles {
  private readonly tiles = new Map<string, Tile>();

  constructor(private readonly container: HTMLElement) {}

  /** Returns a participant's tile, and creates it if needed. @param identity the participant's identity */
  of(identity: string): Tile {
    const known = this.tiles.get(identity);
    if (known) return known;
    const made = new Tile();
    this.tiles.set(identity, made);
    this.container.append(made.element);
    return made;
  }

  remove(identity: string): void {
    this.tiles.get(identity)?.element.remove();
    this.tiles.delete(identity);
  }

  clear(): void {
    for (const identity of [...this.tiles.keys()]) this.remove(identity);
  }

  /** Shows each participant's audio level. @param levels of received tracks, 0 to 1, by track identifier */
  showLevels(levels: ReadonlyMap<string, number>): void {
    for (const tile of this.tiles.values()) tile.showLevel(levels);
  }
}

/** One participant: picture, name and, except for the user's own tile, audio level. */
class Tile {
  readonly element = document.createElement("figure");
  private readonly video = Object.assign(document.createElement("video"), { playsInline: true, muted: true });
  private readonly name = document.createElement("span");
  private readonly level = Object.assign(document.createElement("meter"), { max: 1, hidden: true });
  private sound?: Track;

  constructor() {
    const caption = document.createElement("figcaption");
    caption.append(this.name, this.level);
    this.element.append(this.video, caption);
  }

  call(name: string): void {
    this.name.textContent = name;
    this.video.setAttribute("aria-label", `Picture of ${name}`);
    this.level.setAttribute("aria-label", `Sound of ${name}`);
  }

  show(track: Track): void {
    track.attach(this.video);
  }

  play(track: Track): void {
    this.sound = track;
    this.level.hidden = false;
    this.element.append(track.attach());
  }

  showLevel(levels: ReadonlyMap<string, number>): void {
    this.level.value = levels.get(this.sound?.mediaStreamTrack.id ?? "") ?? 0;
  }
}
