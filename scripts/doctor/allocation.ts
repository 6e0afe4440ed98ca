import { createSocket } from "node:dgram";
import { type EventEmitter, on, once } from "node:events";
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
} from "../smoke/stun-message";

/** A TURN server's error response, such as 401 (credentials), 486 (quota) or 508 (no relay port). */
export class TurnErrorResponse extends Error {
  constructor(
    readonly code: number,
    reason: string,
  ) {
    super(`the relay answered ${code} ${reason}`.trimEnd());
    this.name = "TurnErrorResponse";
  }
}

/** A socket for STUN messages, such as a connected UDP socket. It emits a `message` event for each message received. */
export interface MessageSocket extends EventEmitter {
  send(message: Buffer): void;
}

/** Interval between retransmissions of a request, because UDP loses packets. */
const resendMs = 500;

/** REQUESTED-TRANSPORT for a UDP relay address: 17 is UDP's IP protocol number. */
export const udpTransport: Attribute = [attributes.requestedTransport, Buffer.from([17, 0, 0, 0])];
const release: Attribute = [attributes.lifetime, Buffer.alloc(4)];

/** A client of a TURN server. It first requests the realm and a nonce, then signs every request. */
export class TurnClient {
  private challenge: StunResponse | undefined;

  constructor(
    private readonly socket: MessageSocket,
    private readonly credentials: TurnCredentials,
    private readonly signal: AbortSignal,
  ) {}

  /** Sends a signed request. @throws TurnErrorResponse, the socket's error, or the signal's reason */
  async request(method: number, list: readonly Attribute[], transactionId?: Buffer): Promise<StunResponse> {
    this.challenge ??= await exchange(this.socket, encodeRequest(methods.allocate, [udpTransport]), this.signal);
    const { username, password } = this.credentials;
    const realm = required(this.challenge, attributes.realm);
    const nonce = required(this.challenge, attributes.nonce);
    const key: LongTermKey = { username, realm: realm.toString(), password };
    const identity: Attribute[] = [
      [attributes.username, Buffer.from(username)],
      [attributes.realm, realm],
      [attributes.nonce, nonce],
    ];
    const request = encodeRequest(method, [...list, ...identity], key, transactionId);
    const response = await exchange(this.socket, request, this.signal);
    if (response.error) throw new TurnErrorResponse(response.error.code, response.error.reason);
    return response;
  }

  /** Allocates a relay address. @returns the address and port that a peer sees @throws the errors of {@link request} */
  async allocate(): Promise<{ readonly address: string; readonly port: number }> {
    const granted = await this.request(methods.allocate, [udpTransport]);
    return decodeXorAddress(required(granted, attributes.xorRelayedAddress));
  }

  /** Releases the relay address. @throws the errors of {@link request} */
  async release(): Promise<void> {
    await this.request(methods.refresh, [release]);
  }
}

/**
 * Allocates a relay address over UDP and releases it.
 * @returns the address that a peer would see
 * @throws TurnErrorResponse, the socket's error, or the signal's reason
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
    const client = new TurnClient(socket, credentials, signal);
    const { address } = await client.allocate();
    await client.release();
    return address;
  } finally {
    socket.close();
  }
}

/** Sends a request repeatedly until its response arrives. @throws the socket's error, or the signal's reason */
export async function exchange(socket: MessageSocket, request: Buffer, signal: AbortSignal): Promise<StunResponse> {
  const send = () => socket.send(request);
  const resend = setInterval(send, resendMs);
  try {
    const messages = on(socket, "message", { signal });
    send();
    for await (const [message] of messages) {
      const response = decodeResponse(message, request);
      if (response) return response;
    }
    throw new Error("the relay closed the connection before it answered");
  } finally {
    clearInterval(resend);
  }
}

function required({ attributes: found }: StunResponse, type: number): Buffer {
  const value = found.get(type);
  if (value === undefined) throw new Error(`the relay's answer lacks STUN attribute 0x${type.toString(16)}`);
  return value;
}
