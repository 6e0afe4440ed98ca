import type { Outputs } from "../../../model/outputs";
import { freshCallLink } from "../../../scripts/lib/call-link";
import { findBrowser } from "../../../scripts/toolchain/browser";
import { thisMachine } from "../../../scripts/toolchain/machine";
import { BrowserSession, type Visitor } from "../../support/browser";
import { eventually } from "../../support/eventually";
import { TestStack } from "../../support/stack";
import { suiteUnless } from "../../support/suite";

const browser = findBrowser(thisMachine);
const missing = typeof browser === "string" ? browser : undefined;

suiteUnless(missing, "the call page, in a browser that trusts the local CA", () => {
  let stack: TestStack;
  let session: BrowserSession;
  /** The link as `npm run call` prints it. */
  let link: string;
  let visitors: Visitor[] = [];

  beforeAll(async () => {
    if (typeof browser === "string") throw new Error(browser);
    stack = new TestStack("browser", { turnTransports: ["tls"] });
    await stack.start();
    link = /^(https:\S+)$/m.exec((await stack.command("call")).stdout)?.[1] ?? "";
    session = await BrowserSession.open(browser, stack.caFile);
  }, 900_000);

  afterEach(async () => {
    await Promise.all(visitors.map(({ page }) => page.close()));
    visitors = [];
  });

  afterAll(async () => {
    await session?.close();
    await stack?.remove();
  });

  test("two visitors with a link of npm run call see and hear each other over direct UDP; one uses only the keyboard", async () => {
    const ada = await visit(link);
    await ada.page.keyboard.type("Ada");
    await ada.page.keyboard.press("Enter");
    const [invitation = ""] = await ada.invitations();
    const grace = await visit(invitation);
    await grace.join("Grace", { generated: true });
    await meet(ada, grace, "direct UDP", { candidateType: expect.stringMatching(/^(host|prflx)$/) });
    await ada.page.getByText("Grace joined.").waitFor();
    expect(await grace.invitations()).toEqual([]);
  }, 60_000);

  test("two visitors who choose TURN/TLS see and hear each other over TURN/TLS, and the browser verifies the certificate", async () => {
    const ada = await visit(link);
    await ada.join("Ada", { path: "Relay only, TURN/TLS" });
    const grace = await visit((await ada.invitations())[0] ?? "");
    await grace.join("Grace", { path: "Relay only, TURN/TLS" });
    await meet(ada, grace, "TURN/TLS", { candidateType: "relay", relayProtocol: "tls" });
  }, 60_000);

  test("opening a call link again moves the participant to the new page, and the old page reports the reason", async () => {
    const { stdout } = await stack.command("call", "--participants", "3", "--json");
    const { url } = JSON.parse(stdout) as { url: string };
    const [first, second] = [await visit(url), await visit(url)] as const;
    await first.join("Ada");
    expect(await first.invitations()).toHaveLength(2);
    await second.join("Ada");
    expect(await problemOf(first)).toMatch(/^The same link was opened elsewhere.*npm run call$/);
    await second.entered();
  }, 30_000);

  test("the call page removes the join tokens from the address bar and the tab's history, and a reload needs the link again", async () => {
    const address = link.replace(/#.*/, "");
    const visitor = await visit(link);
    await visitor.join("Ada");
    await visitor.entered();
    expect(visitor.page.url()).toBe(address);
    const kept = await visitor.page.evaluate<string>(
      "JSON.stringify([navigation.entries().map(({ url }) => url), history.state, sessionStorage, localStorage])",
    );
    expect(kept).toContain(address);
    expect(kept).not.toContain("eyJ");
    await visitor.page.reload();
    expect(await problemOf(visitor)).toMatch(/After a reload, open the link again.*npm run call$/);
    await visitor.page.goto(link);
    await visitor.join("Ada");
    expect(await visitor.invitations()).toHaveLength(1);
    expect(visitor.page.url()).toBe(address);
  }, 60_000);

  test("the call page explains how to get a call link if the URL has no fragment or the server rejects the link", async () => {
    expect(await problemOf(await visit(link.replace(/#.*/, "")))).toMatch(/by a link.*npm run call$/);
    const outputs = { secureUrl: new URL(link).origin, apiKey: "APIother", apiSecret: "other".repeat(8) } as Outputs;
    const stranger = await visit(await freshCallLink(outputs));
    await stranger.join("Mallory");
    expect(await problemOf(stranger)).toMatch(/^The server refused this link: its key is not.*npm run call$/);
    expect(await stranger.page.getByRole("button", { name: "Join" }).isEnabled()).toBe(true);
  }, 30_000);

  async function visit(at: string): Promise<Visitor> {
    const visitor = await session.visit(at);
    visitors.push(visitor);
    return visitor;
  }

  /**
   * Expects that each visitor has the other's media, that both pages show path and bitrates, and that no errors occur.
   */
  async function meet(ada: Visitor, grace: Visitor, path: string, candidate: object): Promise<void> {
    expect(await ada.media("Grace")).toMatchObject(candidate);
    expect(await grace.media("Ada")).toMatchObject(candidate);
    for (const visitor of [ada, grace]) {
      await eventually(async () => {
        expect(await visitor.figures()).toEqual({
          Path: path,
          "Joined in": expect.stringMatching(/^\d+ ms$/),
          "Round trip": expect.stringMatching(/^[\d.]+ ms$/),
          Sending: expect.stringMatching(/^[1-9][\d.]* [kM]bit\/s$/),
          Receiving: expect.stringMatching(/^[1-9][\d.]* [kM]bit\/s$/),
          "Packets lost": expect.stringMatching(/^[\d.]+ % out, [\d.]+ % in$/),
        });
      }, 10_000);
      expect(visitor.complaints).toEqual([]);
    }
  }

  async function problemOf({ page }: Visitor): Promise<string> {
    const alert = page.getByRole("alert");
    await alert.waitFor();
    return (await alert.textContent()) ?? "";
  }
});
