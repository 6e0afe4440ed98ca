import type { Page } from "playwright-core";
import { type Browser as Installed, type RunningBrowser, startBrowser } from "../../scripts/toolchain/browser";
import { eventually } from "./eventually";

/** The media that a visitor's browser receives from another visitor. */
export interface Seen {
  /** Whether the audio is not silent. */
  readonly hears: boolean;
  /** Whether the video is not black and changes. */
  readonly sees: boolean;
  /** Type of the selected pair's local candidate, and the relay's transport if it is a relay candidate. */
  readonly candidateType?: string;
  readonly relayProtocol?: string;
}

/** A real browser with pages that share no cookies and no storage. */
export class BrowserSession {
  private constructor(private readonly running: RunningBrowser) {}

  static async open(installed: Installed, caFile: string): Promise<BrowserSession> {
    return new BrowserSession(await startBrowser(installed, caFile));
  }

  /** Opens a link to the call page in a new page that shares no cookies and no storage with other visitors. */
  async visit(link: string): Promise<Visitor> {
    const page = await this.running.browser.newPage();
    const visitor = new Visitor(page);
    await page.addInitScript(keepPeers);
    await open(page, link);
    return visitor;
  }

  async close(): Promise<void> {
    await this.running.close();
  }
}

const navigations = 10;

/**
 * Opens a link, and retries on ERR_NETWORK_CHANGED. Chromium aborts a page load when a network interface of the machine
 * appears or disappears. Other tests' containers add and remove interfaces.
 */
async function open(page: Page, link: string): Promise<void> {
  for (let left = navigations; ; left--) {
    try {
      await page.goto(link);
      return;
    } catch (error) {
      if (left === 1 || !String(error).includes("ERR_NETWORK_CHANGED")) throw error;
    }
  }
}

/** A user of the call page. */
export class Visitor {
  /** Errors of the page, and what its Content-Security-Policy blocked. */
  readonly complaints: string[] = [];

  constructor(readonly page: Page) {
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") this.complaints.push(message.text());
    });
  }

  /** Fills in the form and joins. @param path label of the media path, unless it is automatic */
  async join(name: string, { path, generated }: { path?: string; generated?: boolean } = {}): Promise<void> {
    await this.page.getByLabel("Your name").fill(name);
    if (generated) await this.page.getByLabel("a generated picture and tone").check();
    if (path) await this.page.getByLabel("Path of the media").selectOption({ label: path });
    await this.page.getByRole("button", { name: "Join" }).click();
  }

  /** Waits until the call has started. */
  async entered(): Promise<void> {
    await this.page.getByRole("button", { name: "Leave" }).waitFor();
  }

  /** Returns the invitation links that the page shows during a call. */
  async invitations(): Promise<string[]> {
    await this.entered();
    const links = await this.page.getByRole("link", { name: "Open in another tab" }).all();
    return Promise.all(links.map(async (link) => (await link.getAttribute("href")) ?? ""));
  }

  /** Returns the connection's figures as the page shows them, by their labels. */
  async figures(): Promise<Record<string, string>> {
    const terms = await this.page.locator("dt").allTextContents();
    const values = await this.page.locator("dd").allTextContents();
    return Object.fromEntries(terms.map((term, i) => [term, values[i] ?? ""]));
  }

  /** Returns the media from a participant, once audio and video arrive. @throws Error with the last state */
  async media(of: string): Promise<Seen> {
    return eventually(async () => {
      const seen = await this.page.evaluate(readMedia, of);
      expect(seen).toMatchObject({ hears: true, sees: true });
      return seen;
    }, 20_000);
  }
}

/** The members of a WebRTC statistics entry that this file reads. */
interface Stats {
  readonly id: string;
  readonly type: string;
  readonly kind?: string;
  readonly totalAudioEnergy?: number;
  readonly selectedCandidatePairId?: string;
  readonly localCandidateId?: string;
  readonly candidateType?: string;
  readonly relayProtocol?: string;
}

interface Peer {
  getStats(): Promise<ReadonlyMap<string, Stats>>;
}

/** The page's globals that this file uses. */
interface PageGlobals {
  RTCPeerConnection: new (configuration: unknown) => Peer;
  peers: Peer[];
  picture?: string;
  document: {
    querySelector(selector: string): unknown;
    createElement(name: "canvas"): {
      width: number;
      height: number;
      getContext(kind: "2d"): {
        drawImage(source: unknown, x: number, y: number, width: number, height: number): void;
        getImageData(x: number, y: number, width: number, height: number): { data: Uint8ClampedArray };
      };
    };
  };
}

/**
 * Runs in the page before its scripts. It keeps the peer connections, so that tests can compare them with what the page
 * shows.
 */
function keepPeers(): void {
  const globals = globalThis as unknown as PageGlobals;
  const Peer = globals.RTCPeerConnection;
  globals.peers = [];
  globals.RTCPeerConnection = class extends Peer {
    constructor(configuration: unknown) {
      super(configuration);
      globals.peers.push(this);
    }
  };
}

/** Runs in the page. */
async function readMedia(name: string): Promise<Seen> {
  const globals = globalThis as unknown as PageGlobals;
  const size = 16;
  const canvas = Object.assign(globals.document.createElement("canvas"), { width: size, height: size });
  const context = canvas.getContext("2d");
  const video = globals.document.querySelector(`video[aria-label="Picture of ${name}"]`);
  if (video) context.drawImage(video, 0, 0, size, size);
  const pixels = context.getImageData(0, 0, size, size).data;
  const before = globals.picture;
  globals.picture = pixels.join();
  const isBlack = pixels.every((value, i) => value < 16 || i % 4 === 3);
  const reports = await Promise.all(globals.peers.map((peer) => peer.getStats()));
  const all = reports.flatMap((report) => [...report.values()]);
  const sound = all.find(({ type, kind }) => type === "inbound-rtp" && kind === "audio");
  const transport = all.find(({ selectedCandidatePairId }) => selectedCandidatePairId !== undefined);
  const pair = all.find(({ id }) => id === transport?.selectedCandidatePairId);
  const local = all.find(({ id }) => id === pair?.localCandidateId);
  return {
    hears: (sound?.totalAudioEnergy ?? 0) > 0,
    sees: !isBlack && before !== undefined && before !== globals.picture,
    ...(local?.candidateType && { candidateType: local.candidateType }),
    ...(local?.relayProtocol && { relayProtocol: local.relayProtocol }),
  };
}
