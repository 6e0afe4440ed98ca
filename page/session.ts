import { type Participant, type RemoteTrack, Room, RoomEvent, Track } from "livekit-client";
import { type Figures, figures, type Stat, total } from "./figures";
import type { Ticket } from "./link";
import { type OwnMedia, sources } from "./media";
import { keepTo, type Route } from "./route";
import type { Tiles } from "./tiles";
import { whyEnded } from "./words";

/** Arguments of a join. */
export interface Joining {
  readonly ticket: Ticket;
  readonly name: string;
  readonly route: Route;
}

/** Callbacks of a session. */
export interface Listener {
  /** Receives a sentence when a participant joins or leaves, or when the connection is lost or restored. */
  readonly told: (news: string) => void;
  /** Receives figures every second. */
  readonly measured: (figures: Figures) => void;
  /** Receives whether the browser blocks sound until the user interacts with the page. */
  readonly silenced: (silenced: boolean) => void;
  /** @param why reason of the end; undefined if the user left */
  readonly ended: (why?: string) => void;
}

/** One participant's session in a room. Shows all participants' pictures in tiles. */
export class Session {
  private readonly room = new Room();
  private peers: readonly RTCPeerConnection[] = [];
  private timer?: ReturnType<typeof setInterval>;
  private leaving = false;

  constructor(
    private readonly tiles: Tiles,
    private readonly listener: Listener,
  ) {
    this.showOthers();
    this.followConnection();
  }

  /** Joins the room. @returns milliseconds until media could flow. @throws ConnectionError */
  async join({ ticket, name, route }: Joining): Promise<number> {
    this.peers = keepTo(route);
    const began = performance.now();
    await this.room.connect(`wss://${location.host}`, ticket.token);
    const joinedAfter = performance.now() - began;
    await this.room.localParticipant.setName(name);
    for (const participant of this.room.remoteParticipants.values()) this.showName(participant);
    this.measure();
    return joinedAfter;
  }

  async publish({ tracks }: OwnMedia, name: string): Promise<void> {
    const { localParticipant } = this.room;
    for (const track of tracks) {
      const source = sources[track.kind as keyof typeof sources];
      const { track: published } = await localParticipant.publishTrack(track, { source });
      if (published?.kind === Track.Kind.Video) this.own(name).show(published);
    }
  }

  async leave(): Promise<void> {
    this.leaving = true;
    await this.room.disconnect();
  }

  setMicrophone(on: boolean): Promise<unknown> {
    return this.room.localParticipant.setMicrophoneEnabled(on);
  }

  setCamera(on: boolean): Promise<unknown> {
    return this.room.localParticipant.setCameraEnabled(on);
  }

  playSound(): Promise<void> {
    return this.room.startAudio();
  }

  private own(name: string) {
    const tile = this.tiles.of(this.room.localParticipant.identity);
    tile.call(`${name} (you)`);
    return tile;
  }

  private showOthers(): void {
    this.room
      .on(RoomEvent.ParticipantConnected, (participant) => this.welcome(participant))
      // A participant's name arrives only after joining.
      .on(RoomEvent.ParticipantNameChanged, (_, participant) => {
        if (participant !== this.room.localParticipant) this.welcome(participant);
      })
      .on(RoomEvent.ParticipantDisconnected, (participant) => {
        this.tiles.remove(participant.identity);
        this.listener.told(`${nameOf(participant)} left.`);
      })
      .on(RoomEvent.TrackSubscribed, (track: RemoteTrack, _, { identity }) => {
        const tile = this.tiles.of(identity);
        if (track.kind === Track.Kind.Video) tile.show(track);
        else tile.play(track);
      })
      .on(RoomEvent.TrackUnsubscribed, (track: RemoteTrack) => {
        for (const element of track.detach()) if (track.kind === Track.Kind.Audio) element.remove();
      })
      .on(RoomEvent.AudioPlaybackStatusChanged, () => this.listener.silenced(!this.room.canPlaybackAudio));
  }

  private welcome(participant: Participant): void {
    this.showName(participant);
    if (participant.name) this.listener.told(`${participant.name} joined.`);
  }

  private showName(participant: Participant): void {
    this.tiles.of(participant.identity).call(nameOf(participant));
  }

  private followConnection(): void {
    this.room
      .on(RoomEvent.Reconnecting, () => this.listener.told("The connection was lost; joining again ..."))
      .on(RoomEvent.Reconnected, () => this.listener.told("The connection is back."))
      .on(RoomEvent.Disconnected, (reason) => {
        clearInterval(this.timer);
        this.tiles.clear();
        // Ignored until `join` has returned: before that, its caller reports a failed connection.
        if (this.timer !== undefined) this.listener.ended(this.leaving ? undefined : whyEnded(reason));
      });
  }

  private measure(): void {
    let before = total([], performance.now());
    this.timer = setInterval(async () => {
      const open = this.peers.filter(({ connectionState }) => connectionState !== "closed");
      const reports = await Promise.all(open.map((peer) => peer.getStats()));
      const now = total(
        reports.map((report) => report.values() as Iterable<Stat>),
        performance.now(),
      );
      this.listener.measured(figures(before, now));
      this.tiles.showLevels(now.levels);
      before = now;
    }, 1000);
  }
}

function nameOf({ name }: Participant): string {
  return name || "Somebody";
}
