import { randomBytes } from "node:crypto";
import { AccessToken, RoomServiceClient } from "livekit-server-sdk";
import { diagnoseConnection } from "./diagnosis";
import { Alarm, SmokeError } from "./error";
import type { Gateway } from "./gateway";
import { describePair, pairError } from "./pair";
import { type Moments, Participant } from "./participant";
import type { Path, PathId } from "./paths";
import type { Reach } from "./reach";
import { type FailedPath, type PassedPath, type SkippedPath, unprovenPath } from "./report";
import { openRoute, type Route } from "./route";
import type { TlsShim } from "./tls-shim";

/** A call over one path. */
export interface CallRequest extends Reach {
  readonly path: PathId;
  readonly url: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly timeoutSeconds: number;
}

/** Lifetime of tokens. It is short, because participants join immediately. */
const tokenTtlSeconds = 120;

/** A call between two participants over one path. It joins, exchanges media and proves which path the media took. */
export class Call {
  private readonly room = `smoke-${randomBytes(6).toString("hex")}`;
  private readonly startedAt = Date.now();

  private constructor(
    private readonly path: Path,
    private readonly target: CallRequest,
    private readonly alarm: Alarm,
    private readonly expiry: AbortSignal,
    private readonly routes: readonly Route[],
    private readonly participants: readonly Participant[],
  ) {}

  static async open(path: Path, target: CallRequest): Promise<Call> {
    const alarm = new Alarm();
    const routes = await Promise.all([0, 1].map((index) => openRoute(path, target.url, target, index, alarm)));
    const participants = ([0, 1] as const).map((index) => new Participant(path.number, index));
    return new Call(path, target, alarm, AbortSignal.timeout(target.timeoutSeconds * 1000), routes, participants);
  }

  /** Runs the call. @throws SmokeError if the path does not work */
  async prove(): Promise<PassedPath> {
    await this.join();
    await this.exchangeMedia();
    const proof = [...(await this.provePairs()), ...this.proveTls()];
    return {
      path: this.path.id,
      title: this.path.title,
      status: "passed",
      connectMs: this.slowest("connected"),
      firstAudioMs: this.slowest("firstAudio"),
      firstVideoMs: this.slowest("firstVideo"),
      proof,
    };
  }

  /** Reports an error as a failed path, or as a skipped path if the server has no relay for it. */
  failed(error: SmokeError): FailedPath | SkippedPath {
    const isOptional = this.routes.some((route) => route.isOptional());
    return unprovenPath(this.path, error, isOptional);
  }

  participantSids(): string[] {
    return this.routes.flatMap(({ filter }) => filter.participantSid ?? []);
  }

  /** Ends the call. A pending connection attempt can't be cancelled, but fails once its gateway is closed. */
  async close(): Promise<void> {
    await Promise.all(this.participants.map((participant) => participant.close()));
    await this.deleteRoom();
    await Promise.all(this.routes.map((route) => route.close()));
  }

  private async join(): Promise<void> {
    const joining = this.participants.map(async (participant, index) => {
      const host = this.routes[index]?.gateway.host;
      await participant.connect(`ws://${host}`, await this.token(index), this.path.relay !== undefined);
    });
    try {
      await this.inTime(Promise.all(joining));
    } catch (error) {
      throw error instanceof SmokeError ? error : await diagnoseConnection(this.path, this.routes, this.target);
    }
  }

  private async exchangeMedia(): Promise<void> {
    const exchange = Promise.all(
      this.participants.map((participant) => Promise.all([participant.publish(), participant.verified])),
    );
    try {
      await this.inTime(exchange);
    } catch (error) {
      throw error instanceof SmokeError ? error : this.mediaError(error as Error);
    }
  }

  private mediaError(error: Error): SmokeError {
    const missing = this.participants.flatMap((participant, index) =>
      participant.missing().map((what) => `participant ${index + 1}: ${what}`),
    );
    return new SmokeError(
      "media",
      missing.join("; ") || error.message,
      "The connection is established, so look for lost packets: MTU, UDP buffers, a firewall that drops packets after the handshake",
    );
  }

  private async provePairs(): Promise<string[]> {
    const pairs = await Promise.all(this.participants.map((participant) => participant.pairs()));
    for (const own of pairs) {
      const error = pairError(this.path, own);
      if (error) throw error;
    }
    return pairs.flat().map(describePair);
  }

  /** Checks that every participant used TLS. The handshakes have already verified certificate chains and names. */
  private proveTls(): string[] {
    return this.routes.flatMap(({ gateway, shim }) => [
      ...(this.path.secureSignalling ? [provenSignalling(gateway)] : []),
      ...(shim ? [provenTlsRelay(shim)] : []),
    ]);
  }

  /** Deletes the room. Ignores errors: LiveKit closes an empty room by itself, and the test's result is about media. */
  private async deleteRoom(): Promise<void> {
    const [route] = this.routes;
    if (route?.filter.participantSid === undefined) return;
    const { apiKey, apiSecret } = this.target;
    const rooms = new RoomServiceClient(`http://${route.gateway.host}`, apiKey, apiSecret);
    await rooms.deleteRoom(this.room).catch(() => undefined);
  }

  private async token(index: number): Promise<string> {
    const { apiKey, apiSecret } = this.target;
    const token = new AccessToken(apiKey, apiSecret, { identity: `smoke-${index + 1}`, ttl: tokenTtlSeconds });
    token.addGrant({ room: this.room, roomJoin: true, canPublish: true, canSubscribe: true });
    return token.toJwt();
  }

  private inTime<T>(work: Promise<T>): Promise<T> {
    const expired = new Promise<never>((_, reject) => {
      this.expiry.addEventListener("abort", () => reject(new Error("the call reached its time limit")), { once: true });
    });
    return Promise.race([work, this.alarm.raised, expired]);
  }

  private slowest(moment: keyof Moments): number {
    return Math.max(...this.participants.map(({ moments }) => (moments[moment] ?? Number.NaN) - this.startedAt));
  }
}

function provenSignalling(gateway: Gateway): string {
  const version = gateway.tlsVersion();
  if (version === undefined) {
    throw new SmokeError("TLS", "signalling did not use TLS", "Use a wss:// URL to test the wss path");
  }
  return `signalling over ${version}`;
}

function provenTlsRelay({ sessions }: TlsShim): string {
  const [session] = sessions;
  const bytes = sessions.reduce((sum, { bytes }) => sum + bytes(), 0);
  if (session === undefined || bytes === 0) {
    throw new SmokeError("relay", "no data reached the relay over TLS", "Report this: media took an unknown path");
  }
  return `${bytes} bytes over ${session.version} (${session.cipher}) with ${session.peer}`;
}
