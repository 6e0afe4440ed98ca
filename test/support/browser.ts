import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Room as LiveKitRoom, RoomConnectOptions } from "livekit-client";
import { type Browser, chromium, type Page } from "playwright-core";
import type { Browser as Installed } from "../../scripts/tools/browser";
import { eventually } from "./eventually";

/** How one participant in a browser is to join. */
export interface Joining {
  readonly url: string;
  readonly token: string;
  readonly options?: RoomConnectOptions;
}

/** What a browser made of the other's media, by its own statistics. */
export interface Seen {
  /** Sound that is not silence. */
  readonly hears: boolean;
  /** Frames that could be decoded. */
  readonly sees: boolean;
  /** Of the selected candidate pair: the local candidate's type, and the relay's transport where it is one. */
  readonly candidateType?: string;
  readonly relayProtocol?: string;
}

/** A real browser with a home of its own, that trusts one authority more, and has a camera and a microphone. */
export class BrowserSession {
  private constructor(
    private readonly browser: Browser,
    private readonly server: Server,
    private readonly home: string,
  ) {}

  static async open({ command, certutil }: Installed, authorityFile: string): Promise<BrowserSession> {
    const home = mkdtempSync(join(tmpdir(), "livekit-stack-browser-"));
    trust(certutil, home, authorityFile);
    const server = servePage();
    await once(server, "listening");
    const browser = await chromium.launch({
      executablePath: command,
      env: { ...process.env, HOME: home },
      args: [
        "--no-sandbox",
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        "--autoplay-policy=no-user-gesture-required",
      ],
    });
    return new BrowserSession(browser, server, home);
  }

  /** Joins in a page of its own, camera and microphone on. @throws what the client or the browser says */
  async join(joining: Joining): Promise<Page> {
    const page = await this.browser.newPage();
    await page.goto(`http://localhost:${(this.server.address() as AddressInfo).port}/`);
    await page.evaluate(joinRoom, joining);
    return page;
  }

  async close(): Promise<void> {
    await this.browser.close();
    this.server.close();
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** What the page has of somebody else's media, once it has both kinds. @throws Error with what was there in the end */
export async function othersMedia(page: Page): Promise<Seen> {
  let seen: Seen | undefined;
  await eventually(async () => {
    seen = await page.evaluate(readMedia);
    expect(seen).toMatchObject({ hears: true, sees: true });
  }, 20_000);
  return seen as Seen;
}

/** As README says of Chromium on Linux: it takes authorities from the user's NSS database. */
function trust(certutil: string, home: string, authorityFile: string): void {
  const database = join(home, ".pki/nssdb");
  mkdirSync(database, { recursive: true });
  execFileSync(certutil, ["-d", `sql:${database}`, "-N", "--empty-password"]);
  execFileSync(certutil, ["-d", `sql:${database}`, "-A", "-t", "C,,", "-n", "local authority", "-i", authorityFile]);
}

/** localhost is a secure context: its pages may use a camera. */
function servePage(): Server {
  const client = readFileSync(require.resolve("livekit-client"));
  const page = '<!doctype html><title>call</title><script src="/client.js"></script>';
  return createServer(({ url }, response) => {
    if (url === "/client.js") response.setHeader("Content-Type", "text/javascript").end(client);
    else response.setHeader("Content-Type", "text/html").end(page);
  }).listen(0, "localhost");
}

interface PageGlobals {
  LivekitClient: { Room: new () => LiveKitRoom };
  room: LiveKitRoom;
}

/** Runs in the page. */
async function joinRoom({ url, token, options }: Joining): Promise<void> {
  const page = globalThis as unknown as PageGlobals;
  page.room = new page.LivekitClient.Room();
  // What is not played is not decoded.
  page.room.on("trackSubscribed", (track: { attach(): unknown }) => track.attach());
  await page.room.connect(url, token, options);
  await page.room.localParticipant.enableCameraAndMicrophone();
}

/** One entry of WebRTC's statistics: the members that are read here. */
interface Stats {
  readonly id: string;
  readonly type: string;
  readonly kind?: string;
  readonly framesDecoded?: number;
  readonly totalAudioEnergy?: number;
  readonly selectedCandidatePairId?: string;
  readonly localCandidateId?: string;
  readonly candidateType?: string;
  readonly relayProtocol?: string;
}

/** Runs in the page. */
async function readMedia(): Promise<Seen> {
  const { room } = globalThis as unknown as PageGlobals;
  const [other] = room.remoteParticipants.values();
  const tracks = [...(other?.trackPublications.values() ?? [])].flatMap(({ track }) => track ?? []);
  const reports: (ReadonlyMap<string, Stats> | undefined)[] = await Promise.all(
    tracks.map((track) => track.getRTCStatsReport()),
  );
  const all = reports.flatMap((report) => [...(report?.values() ?? [])]);
  const inbound = (kind: string) => all.find((each) => each.type === "inbound-rtp" && each.kind === kind);
  const transport = all.find(({ type }) => type === "transport");
  const pair = all.find(({ id }) => id === transport?.selectedCandidatePairId);
  const local = all.find(({ id }) => id === pair?.localCandidateId);
  return {
    hears: (inbound("audio")?.totalAudioEnergy ?? 0) > 0,
    sees: (inbound("video")?.framesDecoded ?? 0) >= 10,
    candidateType: local?.candidateType,
    relayProtocol: local?.relayProtocol,
  };
}
