import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { turnCredentials } from "../../../model/credentials";
import { TurnErrorResponse, tryAllocation } from "../../../scripts/doctor/allocation";
import { attributes, encodeRequest, methods } from "../../../scripts/smoke/stun-message";

const success = 0x0100;
const failure = 0x0110;

let relay: Socket;
let received: Buffer[];

/** A relay that answers the n-th request with the n-th message, under the request's transaction id. */
async function answering(...answers: readonly { type: number; list: Parameters<typeof encodeRequest>[1] }[]) {
  received = [];
  relay = createSocket("udp4");
  relay.on("message", (request, { port, address }) => {
    const answer = answers[received.push(request) - 1];
    if (answer === undefined) return;
    const message = encodeRequest(answer.type, answer.list);
    request.copy(message, 8, 8, 20);
    relay.send(message, port, address);
  });
  relay.bind(0, "127.0.0.1");
  await once(relay, "listening");
  return relay.address().port;
}

afterEach(() => relay.close());

const error = (code: number, reason: string) =>
  [attributes.errorCode, Buffer.from([0, 0, Math.floor(code / 100), code % 100, ...Buffer.from(reason)])] as const;
const challenge = {
  type: methods.allocate | failure,
  list: [error(401, "Unauthorized"), [attributes.realm, Buffer.from("r")], [attributes.nonce, Buffer.from("n1")]],
} as const;
// 192.0.2.1 port 32853, XORed with the magic cookie (RFC 5769, 2.2).
const xorAddress = Buffer.from("0001a147e112a643", "hex");
const granted = { type: methods.allocate | success, list: [[attributes.xorRelayedAddress, xorAddress]] } as const;
const released = { type: methods.refresh | success, list: [] } as const;

const attempt = (port: number, signal = AbortSignal.timeout(5000)) =>
  tryAllocation("127.0.0.1", port, turnCredentials("doctor", "secret", 60), signal);

test("the TURN check allocates a relay address with a signed request and releases the allocation", async () => {
  const port = await answering(challenge, granted, released);
  await expect(attempt(port)).resolves.toBe("192.0.2.1");
  expect(received.map((message) => message.readUInt16BE(0))).toEqual([0x0003, 0x0003, 0x0004]);
  expect(received[0]).toHaveLength(28);
  // MESSAGE-INTEGRITY is the last attribute, and the header's length includes it.
  expect(received[1]?.readUInt16BE((received[1]?.length ?? 0) - 24)).toBe(attributes.messageIntegrity);
  expect(received[1]?.readUInt16BE(2)).toBe((received[1]?.length ?? 0) - 20);
});

test("the TURN check reports the error code of a rejected allocation", async () => {
  const refused = { type: methods.allocate | failure, list: [error(486, "Allocation Quota Reached")] };
  const port = await answering(challenge, refused);
  const rejection = await attempt(port).catch((reason) => reason);
  expect(rejection).toBeInstanceOf(TurnErrorResponse);
  expect(rejection).toMatchObject({ code: 486, message: "the relay answered 486 Allocation Quota Reached" });
});

test("the TURN check retransmits its request until its abort signal fires", async () => {
  const port = await answering();
  await expect(attempt(port, AbortSignal.timeout(1200))).rejects.toThrow(/aborted/);
  expect(received.length).toBeGreaterThan(1);
  expect(new Set(received.map((message) => message.toString("hex"))).size).toBe(1);
});
