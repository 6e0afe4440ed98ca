import { AccessToken } from "livekit-server-sdk";
import { turnCredentials } from "../../../model/credentials";
import { findBrowser } from "../../../scripts/tools/browser";
import { thisMachine } from "../../../scripts/tools/machine";
import { BrowserSession, othersMedia } from "../../support/browser";
import { TestStack } from "../../support/stack";

const browser = findBrowser(thisMachine);
const missing = typeof browser === "string" ? browser : undefined;

describe(`a browser that trusts the local authority${missing ? ` (skipped: ${missing})` : ""}`, () => {
  const run = missing ? test.skip : test;
  let stack: TestStack;
  let session: BrowserSession;

  beforeAll(async () => {
    if (typeof browser === "string") return;
    stack = new TestStack(6);
    await stack.start();
    session = await BrowserSession.open(browser, stack.authorityFile);
  }, 900_000);

  afterAll(async () => {
    await session?.close();
    await stack?.remove();
  }, 120_000);

  run(
    "joins by wss, hears and sees the other directly",
    async () => {
      const seen = await call({});
      for (const each of seen) expect(each).toMatchObject({ candidateType: expect.stringMatching(/^(host|prflx)$/) });
    },
    60_000,
  );

  run(
    "hears and sees the other through TURN over TLS alone, verified by the browser itself",
    async () => {
      const { TURN_SECRET = "" } = stack.values(".env");
      const { username, password: credential } = turnCredentials("browser", TURN_SECRET, 600);
      const urls = `turns:localhost:${stack.ports.turnTls}?transport=tcp`;
      const seen = await call({
        rtcConfig: { iceServers: [{ urls, username, credential }], iceTransportPolicy: "relay" },
      });
      for (const each of seen) expect(each).toMatchObject({ candidateType: "relay", relayProtocol: "tls" });
    },
    60_000,
  );

  /** Two participants, each in a page of its own; what each has of the other. */
  async function call(options: Parameters<BrowserSession["join"]>[0]["options"]) {
    const url = `wss://localhost:${stack.ports.https}`;
    const joining = ["one", "two"].map(async (name) => session.join({ url, token: await token(name), options }));
    const pages = await Promise.all(joining);
    const seen = await Promise.all(pages.map(othersMedia));
    await Promise.all(pages.map((page) => page.close()));
    return seen;
  }

  function token(identity: string): Promise<string> {
    const { LIVEKIT_API_KEY, LIVEKIT_API_SECRET } = stack.values(".env.livekit");
    const token = new AccessToken(LIVEKIT_API_KEY, LIVEKIT_API_SECRET, { identity, ttl: 120 });
    token.addGrant({ room: "browser", roomJoin: true });
    return token.toJwt();
  }
});
