import { readFileSync } from "node:fs";
import { join } from "node:path";
import { TokenVerifier } from "livekit-server-sdk";
import { POST } from "../../../examples/nextjs/app/api/livekit-token/route";
import * as session from "../../../examples/nextjs/app/api/livekit-token/session";
import { project } from "../../support/documents";

const environment = {
  LIVEKIT_URL: "wss://livekit.example.com",
  LIVEKIT_API_KEY: "APInext",
  LIVEKIT_API_SECRET: "planted-api-secret-0123456789abcdef",
};
interface Answer {
  readonly url: string;
  readonly token: string;
}

/** Lifetime in the security guide's example, in seconds. */
const documentedTtl = Number(
  / --ttl-seconds (\d+)$/m.exec(readFileSync(join(project, "docs/security.md"), "utf8"))?.[1],
);

const before = process.env;

beforeEach(() => {
  process.env = { ...before, ...environment };
});

afterEach(() => {
  jest.restoreAllMocks();
});

afterAll(() => {
  process.env = before;
});

/** Sets the application's session check: a request's cookie names its user, who may join the room `standup`. */
function checkSessions(...users: session.User[]): void {
  jest.replaceProperty(session, "sessionCheck", {
    findUser: async ({ headers }) => users.find(({ identity }) => headers.get("Cookie") === `session=${identity}`),
    mayJoin: async (_, room) => room === "standup",
  });
}

function ask(body: string, cookie = "session=42"): Promise<Response> {
  const init = { method: "POST", body, headers: { Cookie: cookie } };
  return POST(new Request("https://app.example.com/api/livekit-token", init));
}

async function claimsOf(response: Response) {
  const { token } = (await response.json()) as Answer;
  return new TokenVerifier(environment.LIVEKIT_API_KEY, environment.LIVEKIT_API_SECRET).verify(token);
}

test("the token route as shipped issues no token, and names the file that needs the application's session check", async () => {
  const response = await ask('{"room": "standup", "identity": "42"}');
  expect(response.status).toBe(501);
  expect(await response.json()).toEqual({
    error: "sessionCheck is undefined, so this route issues no tokens. Set it in app/api/livekit-token/session.ts",
  });
});

test("the token route returns LiveKit's URL and a token that is valid only for the requested room and the session's user", async () => {
  checkSessions({ identity: "42", name: "Ada" });
  const response = await ask('{"room": "standup"}');
  expect(response.status).toBe(200);
  expect(response.headers.get("Cache-Control")).toBe("no-store");
  expect(await response.clone().json()).toMatchObject({ url: environment.LIVEKIT_URL });
  const claims = await claimsOf(response);
  expect(claims).toMatchObject({ sub: "42", name: "Ada" });
  expect(claims.video).toEqual({ room: "standup", roomJoin: true, canPublish: true, canSubscribe: true });
  expect((claims.exp ?? 0) - Date.now() / 1000).toBeCloseTo(documentedTtl, -1);
});

test("the token route ignores an identity and a name that the client chooses", async () => {
  checkSessions({ identity: "42", name: "Ada" });
  const response = await ask('{"room": "standup", "identity": "43", "name": "Grace"}');
  expect(await claimsOf(response)).toMatchObject({ sub: "42", name: "Ada" });
});

test("the token of a user without a name has the identity as its name", async () => {
  checkSessions({ identity: "42" });
  expect(await claimsOf(await ask('{"room": "standup"}'))).toMatchObject({ sub: "42", name: "42" });
});

test.each([
  [401, "without a valid session", '{"room": "standup"}', "session=forged", "the request has no valid session"],
  [403, "for a room that the user may not join", '{"room": "board"}', undefined, "the user may not join this room"],
])("the token route responds with %i to a request %s", async (status, _, body, cookie, error) => {
  checkSessions({ identity: "42" });
  const response = await ask(body, cookie);
  expect(response.status).toBe(status);
  expect(await response.json()).toEqual({ error });
});

test.each([undefined, null])("the token route rejects a request whose session has the user %s", async (user) => {
  jest.replaceProperty(session, "sessionCheck", { findUser: async () => user, mayJoin: async () => true });
  expect((await ask('{"room": "standup"}')).status).toBe(401);
});

test.each([
  ["a body that is not JSON", "room=standup"],
  ["a body that is not an object", "null"],
  ["a request without a room", "{}"],
  ["an empty room", '{"room": " "}'],
  ["a room of another type", '{"room": 42}'],
  ["a room that LiveKit would reject", `{"room": "${"ä".repeat(129)}"}`],
])("the token route rejects %s", async (_, body) => {
  checkSessions({ identity: "42" });
  const response = await ask(body);
  expect(response.status).toBe(400);
  expect(await response.json()).toEqual({ error: "room must be a text of 1 to 256 bytes" });
});

test.each([
  ["identity", { identity: "" }],
  ["name", { identity: "42", name: "a".repeat(257) }],
])("the token route fails if LiveKit would reject the %s of the session's user", async (member, user) => {
  checkSessions(user);
  const response = await ask('{"room": "standup"}', `session=${user.identity}`);
  expect(response.status).toBe(500);
  expect(await response.json()).toEqual({
    error: `${member} of the session's user must be a text of 1 to 256 bytes`,
  });
});

test.each(Object.keys(environment))(
  "the token route fails if the variable %s is not set, and returns neither a token nor a secret",
  async (name) => {
    checkSessions({ identity: "42" });
    delete process.env[name];
    const response = await ask('{"room": "standup"}');
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain(environment.LIVEKIT_API_SECRET);
  },
);
