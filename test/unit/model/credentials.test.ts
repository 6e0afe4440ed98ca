import { turnCredentials } from "../../../model/credentials";

test("TURN credentials follow Coturn's REST API formula", () => {
  const credentials = turnCredentials("alice", "north", 3600, new Date(1_000_000_000_000));
  // printf 1000003600:alice | openssl dgst -sha1 -hmac north -binary | base64
  expect(credentials).toEqual({ username: "1000003600:alice", password: expected, ttl: 3600 });
});

const expected = "6SFMxaINWm0dPVKUiEIpM6jie7c=";
