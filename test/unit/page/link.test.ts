import { AccessToken, TokenVerifier } from "livekit-server-sdk";
import type { Outputs } from "../../../model/outputs";
import { callLink, ticketsOf } from "../../../page/link";
import { defaultCall, freshCallLink, howToCall } from "../../../scripts/lib/call-link";

const outputs = {
  secureUrl: "wss://192.168.1.20:8443",
  apiKey: "APIcall",
  apiSecret: "planted-api-secret-0123456789abcdef",
} as Outputs;

const fragment = (link: string) => new URL(link).hash;

test("a call link opens the call page and has its join tokens in the fragment, which browsers do not send", async () => {
  const { origin, pathname, search, hash } = new URL(await freshCallLink(outputs));
  expect({ origin, pathname, search }).toEqual({ origin: "https://192.168.1.20:8443", pathname: "/call/", search: "" });
  expect(ticketsOf(hash)).toHaveLength(2);
});

test("each join token of a call link lets one participant join the link's room and set a name, and nothing more", async () => {
  const tickets = ticketsOf(fragment(await freshCallLink(outputs, { room: "Küche", participants: 3, ttlSeconds: 60 })));
  const verifier = new TokenVerifier(outputs.apiKey, outputs.apiSecret);
  const claims = await Promise.all(tickets.map(({ token }) => verifier.verify(token)));
  expect(new Set(claims.map(({ sub }) => sub)).size).toBe(3);
  for (const { video } of claims) {
    expect(video).toEqual({
      room: "Küche",
      roomJoin: true,
      canPublish: true,
      canSubscribe: true,
      canUpdateOwnMetadata: true,
    });
  }
  for (const { room, expires } of tickets) {
    expect(room).toBe("Küche");
    expect((expires.getTime() - Date.now()) / 1000).toBeCloseTo(60, -1);
  }
});

test("every call link has tokens of new participants and does not contain the API secret", async () => {
  const [one, two] = await Promise.all([freshCallLink(outputs), freshCallLink(outputs, defaultCall)]);
  const tokens = [one, two].flatMap((link) => ticketsOf(fragment(link as string)).map(({ token }) => token));
  expect(new Set(tokens).size).toBe(4);
  expect(one).not.toContain(outputs.apiSecret);
});

test("npm start prints a call link on a terminal only, because a log would keep the link's tokens", async () => {
  const [terminal, log] = await Promise.all([true, false].map((onTerminal) => howToCall(outputs, "trio", onTerminal)));
  expect(terminal).toMatch(/\(npm run call -- --stack trio prints another link\):\n {2}https:.*\/call\/#eyJ/);
  expect(log).toMatch(/npm run call -- --stack trio$/);
  expect(log).not.toContain("eyJ");
});

test("a truncated call link keeps the join tokens before the cut", async () => {
  const link = await freshCallLink(outputs);
  const [whole] = ticketsOf(fragment(link));
  expect(ticketsOf(`${fragment(callLink("https://here", [whole?.token ?? ""]))}~eyJhbG`)).toEqual([whole]);
  expect(ticketsOf("")).toEqual([]);
  expect(ticketsOf("#anything")).toEqual([]);
});

test("the call page ignores a token without a room in its link", async () => {
  const lister = new AccessToken(outputs.apiKey, outputs.apiSecret, { identity: "lister" });
  lister.addGrant({ roomList: true });
  expect(ticketsOf(`#${await lister.toJwt()}`)).toEqual([]);
});
