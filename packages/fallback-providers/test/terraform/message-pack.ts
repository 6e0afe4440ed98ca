import { unknownValue } from "../../../provider-kit/values";

/** The extension for an unknown value (cty's `msgpack/unknown.go`): type 0, one byte of data. */
const unknown = Buffer.from([0xd4, 0, 0]);

/** Encodes a value as Terraform's plugin protocol does: MessagePack, with 32 bits for all lengths and integers. */
export function encodeMessagePack(value: unknown): Buffer {
  if (value === unknownValue) return unknown;
  if (value === undefined || value === null) return Buffer.from([0xc0]);
  if (typeof value === "boolean") return Buffer.from([value ? 0xc3 : 0xc2]);
  if (typeof value === "number") return withWord(0xd2, value);
  if (typeof value === "string") return Buffer.concat([withWord(0xdb, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Array.isArray(value)) return Buffer.concat([withWord(0xdd, value.length), ...value.map(encodeMessagePack)]);
  const members = Object.entries(value as object);
  return Buffer.concat([withWord(0xdf, members.length), ...members.flat().map(encodeMessagePack)]);
}

function withWord(type: number, word: number): Buffer {
  const buffer = Buffer.alloc(5, type);
  buffer.writeInt32BE(word, 1);
  return buffer;
}
