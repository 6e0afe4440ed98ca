import { createHash, createHmac, randomBytes } from "node:crypto";

/** Message types of STUN and TURN (RFC 8489, RFC 8656). */
export const methods = { binding: 0x0001, allocate: 0x0003, refresh: 0x0004 } as const;
const errorClass = 0x0110;

export const attributes = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  lifetime: 0x000d,
  realm: 0x0014,
  nonce: 0x0015,
  xorRelayedAddress: 0x0016,
  requestedTransport: 0x0019,
} as const;

const magicCookie = Buffer.from("2112a442", "hex");
const headerLength = 20;
const integrityLength = 24;

export type Attribute = readonly [type: number, value: Buffer];

export interface LongTermKey {
  readonly username: string;
  readonly realm: string;
  readonly password: string;
}

/** A server's decoded response. */
export interface StunResponse {
  readonly attributes: ReadonlyMap<number, Buffer>;
  /** The error, such as `{code: 401, reason: "Unauthorized"}`. Undefined for success. */
  readonly error?: { readonly code: number; readonly reason: string };
}

/** Encodes a request, by default with a random transaction id. With a key, it adds MESSAGE-INTEGRITY. */
export function encodeRequest(
  method: number,
  list: readonly Attribute[],
  key?: LongTermKey,
  transactionId: Buffer = randomBytes(12),
): Buffer {
  const body = Buffer.concat(list.map(encodeAttribute));
  const header = Buffer.alloc(headerLength);
  header.writeUInt16BE(method, 0);
  header.writeUInt16BE(body.length + (key ? integrityLength : 0), 2);
  magicCookie.copy(header, 4);
  transactionId.copy(header, 8);
  const message = Buffer.concat([header, body]);
  if (key === undefined) return message;
  const digest = createHmac("sha1", hashKey(key)).update(message).digest();
  return Buffer.concat([message, encodeAttribute([attributes.messageIntegrity, digest])]);
}

/** Decodes the response to a request. Returns undefined for any other message. */
export function decodeResponse(message: Buffer, request: Buffer): StunResponse | undefined {
  if (message.length < headerLength || !message.subarray(4, 20).equals(request.subarray(4, 20))) return undefined;
  const found = new Map<number, Buffer>();
  for (let at = headerLength; at + 4 <= message.length; ) {
    const length = message.readUInt16BE(at + 2);
    found.set(message.readUInt16BE(at), message.subarray(at + 4, at + 4 + length));
    at += 4 + padded(length);
  }
  const isError = (message.readUInt16BE(0) & errorClass) === errorClass;
  return { attributes: found, ...(isError && { error: decodeError(found.get(attributes.errorCode)) }) };
}

/** Decodes the IPv4 address and port of an XOR-RELAYED-ADDRESS. */
export function decodeXorAddress(value: Buffer): { readonly address: string; readonly port: number } {
  const address = Array.from(magicCookie, (byte, index) => byte ^ (value[4 + index] ?? 0)).join(".");
  return { address, port: value.readUInt16BE(2) ^ magicCookie.readUInt16BE(0) };
}

function decodeError(value: Buffer = Buffer.alloc(4)): NonNullable<StunResponse["error"]> {
  return { code: (value[2] ?? 0) * 100 + (value[3] ?? 0), reason: value.subarray(4).toString() };
}

function encodeAttribute([type, value]: Attribute): Buffer {
  const encoded = Buffer.alloc(4 + padded(value.length));
  encoded.writeUInt16BE(type, 0);
  encoded.writeUInt16BE(value.length, 2);
  value.copy(encoded, 4);
  return encoded;
}

function hashKey({ username, realm, password }: LongTermKey): Buffer {
  return createHash("md5").update(`${username}:${realm}:${password}`).digest();
}

function padded(length: number): number {
  return Math.ceil(length / 4) * 4;
}
