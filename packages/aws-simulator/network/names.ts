import { createSocket } from "node:dgram";
import { getServers } from "node:dns";
import { connect, createServer, type Socket } from "node:net";
import { type Answer, type DecodedPacket, decode, encode, type Packet, type Question } from "dns-packet";
import type { RecordSet, Zone } from "./route53";

/** DNS response codes (RFC 1035). */
const codes = { noError: 0, serverFailure: 2, noSuchName: 3 } as const;

/** Maximum length of a chain of aliases and CNAMEs. */
const longestChain = 8;
const upstreamSeconds = 5;

/** Result of a DNS query. */
export interface Found {
  readonly code: number;
  readonly answers: readonly Answer[];
  /** SOA record for a negative response. */
  readonly authorities: readonly Answer[];
}

/** Input for the response to one client's query: hosted zones, health checks and the client's region. */
export interface Lookup {
  /** Returns the hosted zone of a name. */
  readonly zoneOf: (name: string) => Promise<Zone | undefined>;
  /** Reports whether a health check passes. */
  readonly isHealthy: (healthCheck: string) => boolean;
  /** Region of the client, for latency routing. */
  readonly region?: string | undefined;
}

/**
 * Input for the responses to all clients. Differs from {@link Lookup} in `regionOf`, which returns the region of any
 * client.
 */
export interface NameServer extends Omit<Lookup, "region"> {
  /** Returns the region of an address, or undefined for an external address without a configured region. */
  readonly regionOf: (address: string) => string | undefined;
}

/**
 * Serves DNS. Reads the zones' records at each query, and forwards names outside these zones to the gateway's own name
 * server.
 */
export function serveNames(port: number, server: NameServer): void {
  const socket = createSocket("udp4");
  socket.on("message", (message, { address, port }) => {
    respond(message, lookupOf(server, address), forwardDatagram).then(
      (reply) => reply && socket.send(reply, port, address),
    );
  });
  socket.bind(port);
  // IPv4 only, so that a client has the same address over TCP and UDP.
  createServer((connection) => serveConnection(connection, lookupOf(server, connection.remoteAddress ?? ""))).listen(
    port,
    "0.0.0.0",
  );
}

function lookupOf({ regionOf, ...server }: NameServer, address: string): Lookup {
  return { ...server, region: regionOf(address) };
}

/** Returns the reply to one packet, or undefined if it is not a query. */
async function respond(
  message: Buffer,
  lookup: Lookup,
  forward: (query: Buffer) => Promise<Buffer>,
): Promise<Buffer | undefined> {
  let query: DecodedPacket;
  try {
    query = decode(message);
  } catch {
    return undefined;
  }
  const [question] = query.questions ?? [];
  if (question === undefined || query.type !== "query") return undefined;
  try {
    const name = question.name.toLowerCase();
    const zone = await lookup.zoneOf(name);
    if (zone === undefined) return await forward(message);
    return reply(query, await resolve(zone, name, question.type, lookup));
  } catch (error) {
    console.error(`${question.type} ${question.name}: ${(error as Error).message}`);
    return reply(query, { code: codes.serverFailure, answers: [], authorities: [] });
  }
}

function reply(query: Packet, { code, answers, authorities }: Found): Buffer {
  // Flags: authoritative answer, RD as in the query, recursion available, and the response code in the low bits.
  const flags = 0x0400 | ((query.flags ?? 0) & 0x0100) | 0x0080 | code;
  return encode({
    type: "response",
    id: query.id,
    flags,
    questions: query.questions as Question[],
    answers: [...answers],
    authorities: [...authorities],
  });
}

/**
 * Resolves a name as Route 53 does: uses the records of the name or, if the name has none, those of the wildcard.
 * Follows aliases, CNAMEs and routing policies.
 */
export async function resolve(zone: Zone, name: string, type: string, lookup: Lookup, depth = 0): Promise<Found> {
  const named = closest(zone, name);
  const sets = named.filter((set) => set.type === type || set.type === "CNAME");
  const set = choose(await those(sets, lookup, depth), lookup);
  if (set === undefined || depth > longestChain) {
    const exists = named.length > 0 || isAbove(zone, name);
    return { code: exists ? codes.noError : codes.noSuchName, answers: [], authorities: soa(zone) };
  }
  if (set.alias !== undefined) {
    const target = await lookup.zoneOf(set.alias);
    const found = target && (await resolve(target, set.alias, type, lookup, depth + 1));
    // Route 53 answers alias queries with the queried name, so rename the target's records.
    return found ? { ...found, answers: found.answers.map((answer) => ({ ...answer, name })) } : nothing(zone);
  }
  const answers = set.values.map((value) => answer(name, set, value));
  if (set.type !== "CNAME" || type === "CNAME") return { code: codes.noError, answers, authorities: [] };
  const target = set.values[0]?.replace(/\.$/, "").toLowerCase() ?? "";
  const next = await lookup.zoneOf(target);
  const found = next && (await resolve(next, target, type, lookup, depth + 1));
  return { code: codes.noError, answers: [...answers, ...(found?.answers ?? [])], authorities: [] };
}

function nothing(zone: Zone): Found {
  return { code: codes.noError, answers: [], authorities: soa(zone) };
}

/** Returns the records of the name, or those of the wildcard above it. */
function closest(zone: Zone, name: string): readonly RecordSet[] {
  const { records } = zone;
  const own = records.filter((set) => set.name === name);
  if (own.length > 0 || isAbove(zone, name)) return own;
  const wildcard = `*.${name.slice(name.indexOf(".") + 1)}`;
  return records.filter((set) => set.name === wildcard);
}

/**
 * Reports whether the zone has names below this one. A name above others exists even without records (empty
 * non-terminal).
 */
function isAbove({ records }: Zone, name: string): boolean {
  return records.some((set) => set.name.endsWith(`.${name}`));
}

/**
 * Returns the healthy record sets, or all if none is healthy (AWS's Route 53 guide, "how Route 53 chooses records").
 */
async function those(sets: readonly RecordSet[], lookup: Lookup, depth: number): Promise<readonly RecordSet[]> {
  if (sets.length < 2) return sets;
  const healthy = await Promise.all(sets.map((set) => isHealthy(set, lookup, depth)));
  const well = sets.filter((_, i) => healthy[i]);
  return well.length > 0 ? well : sets;
}

async function isHealthy(set: RecordSet, lookup: Lookup, depth: number): Promise<boolean> {
  if (set.well === false || (set.healthCheck !== undefined && !lookup.isHealthy(set.healthCheck))) return false;
  if (set.alias === undefined || !set.evaluatesTarget || depth > longestChain) return true;
  const zone = await lookup.zoneOf(set.alias);
  const targets = zone ? closest(zone, set.alias).filter(({ type }) => type === set.type) : [];
  return (await Promise.all(targets.map((target) => isHealthy(target, lookup, depth + 1)))).includes(true);
}

/**
 * Chooses a record set. Weighted sets are chosen in proportion to their weight, or equally if all weights are 0 (AWS's
 * Route 53 guide, "weighted routing"). Among latency sets, chooses the set of the client's region, or the first set if
 * that region has none.
 */
function choose(sets: readonly RecordSet[], { region }: Lookup): RecordSet | undefined {
  if (sets[0]?.weight === undefined) return sets.find((set) => set.region === region) ?? sets[0];
  const total = sets.reduce((sum, { weight = 0 }) => sum + weight, 0);
  if (total === 0) return sets[Math.floor(Math.random() * sets.length)];
  let left = Math.random() * total;
  return sets.find(({ weight = 0 }) => {
    left -= weight;
    return left < 0;
  });
}

function soa(zone: Zone): Answer[] {
  const set = zone.records.find(({ type, name }) => type === "SOA" && name === zone.name);
  return (set?.values ?? []).map((value) => answer(zone.name, { ...set, type: "SOA", ttlSeconds: 1 }, value));
}

/** Converts a record value from Route 53's API text into wire data. */
function answer(
  name: string,
  { type, ttlSeconds: ttl }: Pick<RecordSet, "type" | "ttlSeconds">,
  value: string,
): Answer {
  const host = (text = "") => text.replace(/\.$/, "");
  switch (type) {
    case "A":
    case "AAAA":
      return { type, name, ttl, data: value };
    case "CNAME":
    case "NS":
      return { type, name, ttl, data: host(value) };
    case "TXT":
      return { type, name, ttl, data: [...value.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text = ""]) => text) };
    case "CAA": {
      const [, flags = "0", tag = "", data = ""] = /^(\d+) (\w+) "(.*)"$/.exec(value) ?? [];
      return { type, name, ttl, data: { flags: Number(flags), tag: tag as "issue", value: data } };
    }
    case "SOA": {
      const [mname, rname, ...numbers] = value.split(" ");
      const [serial, refresh, retry, expire, minimum] = numbers.map(Number);
      return {
        type,
        name,
        ttl,
        data: { mname: host(mname), rname: host(rname), serial, refresh, retry, expire, minimum },
      };
    }
    default:
      throw new Error(`the simulator does not serve records of type ${type}, because the stack has none`);
  }
}

/** Serves one TCP connection. Over TCP, each message has a two-byte length prefix (RFC 1035). */
function serveConnection(connection: Socket, lookup: Lookup): void {
  let received = Buffer.alloc(0);
  connection.on("error", () => connection.destroy());
  connection.on("data", async (data: Buffer) => {
    received = Buffer.concat([received, data]);
    const length = received.length < 2 ? Number.POSITIVE_INFINITY : received.readUInt16BE(0);
    if (received.length < length + 2) return;
    const message = received.subarray(2, length + 2);
    received = received.subarray(length + 2);
    const found = await respond(message, lookup, forwardStream);
    if (found) connection.write(Buffer.concat([lengthOf(found), found]));
  });
}

function lengthOf(packet: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(packet.length);
  return length;
}

function upstream(): string {
  return getServers()[0] ?? "127.0.0.1";
}

function forwardDatagram(query: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = createSocket("udp4");
    const timer = setTimeout(() => done(new Error("the upstream name server did not answer")), upstreamSeconds * 1000);
    const done = (result: Buffer | Error) => {
      clearTimeout(timer);
      socket.close();
      if (Buffer.isBuffer(result)) resolve(result);
      else reject(result);
    };
    socket.on("message", done).on("error", done);
    socket.send(query, 53, upstream());
  });
}

function forwardStream(query: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect(53, upstream(), () => socket.write(Buffer.concat([lengthOf(query), query])));
    let received = Buffer.alloc(0);
    socket.setTimeout(upstreamSeconds * 1000, () =>
      socket.destroy(new Error("the upstream name server did not answer")),
    );
    socket.on("error", reject).on("data", (data: Buffer) => {
      received = Buffer.concat([received, data]);
      if (received.length < 2 || received.length < received.readUInt16BE(0) + 2) return;
      socket.destroy();
      resolve(received.subarray(2, received.readUInt16BE(0) + 2));
    });
  });
}
