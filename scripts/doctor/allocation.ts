import { createSocket, type Socket } from "node:dgram";
import { on, once } from "node:events";
import type { TurnCredentials } from "../../model/credentials";
import {
  type Attribute,
  attributes,
  decodeResponse,
  decodeXorAddress,
  encodeRequest,
  type LongTermKey,
  methods,
  type StunResponse,
} from "./stun-message";

/** A TURN server's refusal: 401 credentials, 486 quota, 508 no relay port. */
export class TurnRefusal extends Error {
  constructor(
    readonly code: number,
    reason: string,
  ) {
    super(`the relay answered ${code} ${reason}`.trimEnd());
    this.name = "TurnRefusal";
  }
}

/** UDP loses packets: a request goes out again after this time. */
const resendMs = 500;

const udpTransport: Attribute = [attributes.requestedTransport, Buffer.from([17, 0, 0, 0])];
const release: Attribute = [attributes.lifetime, Buffer.alloc(4)];

/**
 * Takes a relay address over UDP and gives it back.
 * @returns the address that a peer would see
 * @throws TurnRefusal, the socket's error, or the signal's
 */
export async function tryAllocation(
  host: string,
  port: number,
  credentials: TurnCredentials,
  signal: AbortSignal,
): Promise<string> {
  const socket = createSocket("udp4");
  try {
    socket.connect(port, host);
    await once(socket, "connect", { signal });
    // The first answer is always 401: it brings the realm and nonce that the second request is signed for.
    const challenge = await exchange(socket, encodeRequest(methods.allocate, [udpTransport]), signal);
    const request = signer(credentials, challenge);
    const granted = await exchange(socket, request(methods.allocate, udpTransport), signal);
    if (granted.error) throw new TurnRefusal(granted.error.code, granted.error.reason);
    await exchange(socket, request(methods.refresh, release), signal);
    return decodeXorAddress(required(granted, attributes.xorRelayedAddress));
  } finally {
    socket.close();
  }
}

function signer({ username, password }: TurnCredentials, challenge: StunResponse) {
  const realm = required(challenge, attributes.realm);
  const nonce = required(challenge, attributes.nonce);
  const key: LongTermKey = { username, realm: realm.toString(), password };
  return (method: number, attribute: Attribute) =>
    encodeRequest(
      method,
      [attribute, [attributes.username, Buffer.from(username)], [attributes.realm, realm], [attributes.nonce, nonce]],
      key,
    );
}

async function exchange(socket: Socket, request: Buffer, signal: AbortSignal): Promise<StunResponse> {
  const send = () => socket.send(request);
  const resend = setInterval(send, resendMs);
  try {
    const messages = on(socket, "message", { signal });
    send();
    for await (const [message] of messages) {
      const response = decodeResponse(message, request);
      if (response) return response;
    }
    throw new Error("the socket was closed");
  } finally {
    clearInterval(resend);
  }
}

function required({ attributes: found }: StunResponse, type: number): Buffer {
  const value = found.get(type);
  if (value === undefined) throw new Error(`the relay's answer lacks attribute 0x${type.toString(16)}`);
  return value;
}
