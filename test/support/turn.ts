import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { EventEmitter, once } from "node:events";
import { connect } from "node:net";
import ipaddr from "ipaddr.js";
import type { TurnCredentials } from "../../model/credentials";
import { type MessageSocket, TurnClient } from "../../scripts/doctor/allocation";
import type { Attribute, StunResponse } from "../../scripts/smoke/stun-message";

/** Methods and attributes of RFC 8656 for permissions and channels. */
const methods = { createPermission: 0x0008, channelBind: 0x0009 } as const;
const attributes = { channelNumber: 0x000c, xorPeerAddress: 0x0012 } as const;

const magicCookie = Buffer.from("2112a442", "hex");
const headerLength = 20;
/** A client is aborted after this time, which is longer than any test runs its client. */
const lifetimeMs = 30_000;

/** A connection to the relay. */
export type Wire = MessageSocket & { close(): void };

/** @param from the client's source address. @default any address */
export async function overUdp(host: string, port: number, from?: string): Promise<Wire> {
  const socket = createSocket("udp4");
  socket.bind(0, from);
  await once(socket, "listening");
  socket.connect(port, host);
  await once(socket, "connect");
  return socket;
}

/** Opens a TCP stream and splits it into STUN messages by their length field. */
export async function overTcp(host: string, port: number): Promise<Wire> {
  const stream = connect(port, host);
  await once(stream, "connect");
  const wire = Object.assign(new EventEmitter(), {
    send: (message: Buffer) => void stream.write(message),
    close: () => void stream.destroy(),
  });
  let received = Buffer.alloc(0);
  stream.on("error", (error) => wire.emit("error", error));
  stream.on("data", (chunk) => {
    received = Buffer.concat([received, chunk]);
    for (let end = messageEnd(received); end <= received.length; end = messageEnd(received)) {
      wire.emit("message", received.subarray(0, end));
      received = received.subarray(end);
    }
  });
  return wire;
}

/** A TURN client that can also create permissions for peers and bind channels to peers. */
export class PeeringClient extends TurnClient {
  constructor(
    private readonly wire: Wire,
    credentials: TurnCredentials,
  ) {
    super(wire, credentials, AbortSignal.timeout(lifetimeMs));
  }

  /** Creates a permission for a peer to send to the relay address. @throws TurnErrorResponse */
  permit(address: string): Promise<StunResponse> {
    const id = randomBytes(12);
    return this.request(methods.createPermission, [peer(address, 9, id)], id);
  }

  /** Binds a channel to a peer, which also creates the permission. @throws TurnErrorResponse */
  bindChannel(address: string): Promise<StunResponse> {
    const id = randomBytes(12);
    const number: Attribute = [attributes.channelNumber, Buffer.from("40000000", "hex")];
    return this.request(methods.channelBind, [number, peer(address, 9, id)], id);
  }

  close(): void {
    this.wire.close();
  }
}

/** Encodes XOR-PEER-ADDRESS. Only IPv6 addresses are also masked with the transaction id. */
function peer(address: string, port: number, transactionId: Buffer): Attribute {
  const bytes = ipaddr.parse(address).toByteArray();
  const mask = Buffer.concat([magicCookie, transactionId]);
  const header = Buffer.from([0, bytes.length === 4 ? 1 : 2, 0, 0]);
  header.writeUInt16BE(port ^ magicCookie.readUInt16BE(0), 2);
  return [
    attributes.xorPeerAddress,
    Buffer.concat([header, Buffer.from(bytes.map((byte, i) => byte ^ (mask[i] ?? 0)))]),
  ];
}

function messageEnd(received: Buffer): number {
  return received.length < headerLength ? Number.POSITIVE_INFINITY : headerLength + received.readUInt16BE(2);
}
