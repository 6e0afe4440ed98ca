import type { Track } from "livekit-client";

/** The pictures of a call, one tile a participant, in a container of the page. */
export class Tiles {
  private readonly tiles = new Map<string, Tile>();

  constructor(private readonly container: HTMLElement) {}

  /** @param identity whose; the tile is made where there is none */
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

  /** @param levels how loud each received track is, 0 to 1, by the track's identifier */
  showLevels(levels: ReadonlyMap<string, number>): void {
    for (const tile of this.tiles.values()) tile.showLevel(levels);
  }
}

/** One participant: picture, name, and of others how loud they are. */
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
