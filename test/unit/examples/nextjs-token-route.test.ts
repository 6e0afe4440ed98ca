import { TokenVerifier } from "livekit-server-sdk";
import { POST } from "../../../examples/nextjs/app/api/livekit-token/route";

const environment = {
  LIVEKIT_URL: "wss://livekit.example.com",
  LIVEKIT_API_KEY: "APInext",
  LIVEKIT_API_SECRET: "planted-api-secret-0123456789abcdef",
};
interface Answer {
  readonly url: string;
  readonly token: string;
}

const before = process.env;

beforeEach(() => {
  process.env = { ...before, ...environment };
});

afterAll(() => {
  process.env = before;
});

function ask(body: string): Promise<Response> {
  return POST(new Request("https://app.example.com/api/livekit-token", { method: "POST", body }));
}

test("the token route returns LiveKit's URL and a token that is valid only for the requested room and user", async () => {
  const response = await ask(JSON.stringify({ room: "standup", identity: "42", name: "Ada" }));
  expect(response.status).toBe(200);
  expect(response.headers.get("Cache-Control")).toBe("no-store");
  const { url, token } = (await response.json()) as Answer;
  expect(url).toBe(environment.LIVEKIT_URL);
  const claims = await new TokenVerifier(environment.LIVEKIT_API_KEY, environment.LIVEKIT_API_SECRET).verify(token);
  expect(claims).toMatchObject({ sub: "42", name: "Ada" });
  expect(claims.video).toEqual({ room: "standup", roomJoin: true, canPublish: true, canSubscribe: true });
  expect((claims.exp ?? 0) - Date.now() / 1000).toBeCloseTo(3600, -1);
});

test("the token of a user without a name has the identity as its name", async () => {
  const { token } = (await (await ask('{"room": "standup", "identity": "42"}')).json()) as Answer;
  const verifier = new TokenVerifier(environment.LIVEKIT_API_KEY, environment.LIVEKIT_API_SECRET);
  expect(await verifier.verify(token)).toMatchObject({ sub: "42", name: "42" });
});

test.each([
  ["a body that is not JSON", "room=standup", "room"],
  ["a body that is not an object", "null", "room"],
  ["a request without a room", '{"identity": "42"}', "room"],
  ["an empty room", '{"room": " ", "identity": "42"}', "room"],
  ["a request without an identity", '{"room": "standup"}', "identity"],
  ["an identity of another type", '{"room": "standup", "identity": 42}', "identity"],
  ["a room that LiveKit would reject", `{"room": "${"ä".repeat(129)}", "identity": "42"}`, "room"],
  ["a name that LiveKit would reject", `{"room": "standup", "identity": "42", "name": "${"a".repeat(257)}"}`, "name"],
])("the token route rejects %s and names the invalid member", async (_, body, member) => {
  const response = await ask(body);
  expect(response.status).toBe(400);
  expect(await response.json()).toEqual({ error: `${member} must be a text of 1 to 256 bytes` });
});

test.each(Object.keys(environment))(
  "the token route fails if the variable %s is not set, and returns neither a token nor a secret",
  async (name) => {
    delete process.env[name];
    const response = await ask('{"room": "standup", "identity": "42"}');
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain(environment.LIVEKIT_API_SECRET);
  },
);
