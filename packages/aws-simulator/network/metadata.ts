import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { type MachineRecord, macOf, simulatedAccountId } from "./state";

/** A folder of the metadata tree below the API version, such as `/latest`. An entry is text or another folder. */
interface Folder {
  readonly [name: string]: string | Buffer | Folder;
}

const tokenHeader = "x-aws-ec2-metadata-token";
const lifetimeHeader = "x-aws-ec2-metadata-token-ttl-seconds";
/** Maximum token lifetime: six hours (AWS's EC2 user guide). */
const longestLifetimeSeconds = 21_600;

interface Answer {
  readonly status: number;
  readonly body: string | Buffer;
  readonly lifetimeSeconds?: number;
}

/**
 * Creates a server for the EC2 instance metadata service, version 2 only: PUT returns a token, and requests without one
 * get 401. It identifies instances by source address.
 * @param state called for every request
 */
export function metadataServer(state: () => { readonly machines: readonly MachineRecord[] }): Server {
  const tokens = new Map<string, { machine: string; expires: number }>();
  return createServer((request, response) => {
    const client = request.socket.remoteAddress?.replace(/^::ffff:/, "");
    const machine = state().machines.find(({ privateAddress }) => privateAddress === client);
    const { status, body, lifetimeSeconds } = machine
      ? answer(machine, request, tokens)
      : { status: 404, body: "no instance has this address" };
    if (lifetimeSeconds) response.setHeader(lifetimeHeader, lifetimeSeconds);
    response.writeHead(status, { "content-type": "text/plain", server: "EC2ws" }).end(body);
  });
}

function answer(
  machine: MachineRecord,
  { method, url = "/", headers }: IncomingMessage,
  tokens: Map<string, { machine: string; expires: number }>,
): Answer {
  if (method === "PUT" && url === "/latest/api/token") {
    const lifetimeSeconds = Number(headers[lifetimeHeader]);
    // Like EC2, reject requests that were forwarded by a proxy.
    if (headers["x-forwarded-for"]) return { status: 403, body: "" };
    if (!(lifetimeSeconds >= 1 && lifetimeSeconds <= longestLifetimeSeconds)) return { status: 400, body: "" };
    const token = randomBytes(32).toString("base64url");
    tokens.set(token, { machine: machine.name, expires: Date.now() + lifetimeSeconds * 1000 });
    return { status: 200, body: token, lifetimeSeconds };
  }
  if (method !== "GET") return { status: 405, body: "" };
  const token = tokens.get(String(headers[tokenHeader]));
  if (token?.machine !== machine.name || token.expires < Date.now()) return { status: 401, body: "" };
  const found = find(metadataOf(machine), url);
  return found === undefined ? { status: 404, body: "" } : { status: 200, body: found };
}

/**
 * Returns the content at a path. For a folder, returns the names of its entries, with a trailing slash for subfolders.
 * A trailing slash in the path is optional.
 */
function find(tree: Folder, url: string): string | Buffer | undefined {
  const [, version = "", ...names] = (url.split("?")[0] ?? "").replace(/\/$/, "").split("/");
  if (!/^(latest|\d{4}-\d\d-\d\d|\d\.0)$/.test(version)) return undefined;
  let found: Folder[string] | undefined = tree;
  for (const name of names) {
    if (typeof found !== "object" || Buffer.isBuffer(found)) return undefined;
    found = Object.hasOwn(found, name) ? found[name] : undefined;
  }
  if (typeof found !== "object" || Buffer.isBuffer(found)) return found;
  return Object.entries(found)
    .map(([name, value]) => (typeof value === "object" && !Buffer.isBuffer(value) ? `${name}/` : name))
    .join("\n");
}

/** Builds an instance's metadata (AWS's EC2 user guide, "instance metadata categories"). */
function metadataOf(machine: MachineRecord): Folder {
  const { instanceId, instanceType, imageId, region, zone, privateAddress, publicAddress, role } = machine;
  const mac = macOf(privateAddress);
  const hostname = `ip-${privateAddress.replaceAll(".", "-")}.${region}.compute.internal`;
  return {
    dynamic: { "instance-identity": { document: JSON.stringify(identity(machine)) } },
    "meta-data": {
      "ami-id": imageId,
      "ami-launch-index": "0",
      hostname,
      ...(role && { iam: identityOfRole(role, machine) }),
      "instance-id": instanceId,
      "instance-type": instanceType,
      "local-hostname": hostname,
      "local-ipv4": privateAddress,
      mac,
      network: { interfaces: { macs: { [mac]: networkInterface(machine, hostname) } } },
      placement: { "availability-zone": zone, region },
      ...(publicAddress && { "public-ipv4": publicAddress }),
      services: { domain: "amazonaws.com", partition: "aws" },
    },
    ...(machine.userData && { "user-data": Buffer.from(machine.userData, "base64") }),
  };
}

function identity({ instanceId, instanceType, imageId, region, zone, privateAddress }: MachineRecord): object {
  return {
    accountId: simulatedAccountId,
    availabilityZone: zone,
    imageId,
    instanceId,
    instanceType,
    privateIp: privateAddress,
    region,
    version: "2017-09-30",
  };
}

/** Builds the role's metadata, with keys that the simulated AWS accepts. They expire later than any rehearsal lasts. */
function identityOfRole(role: string, { instanceId }: MachineRecord): Folder {
  const credentials = {
    Code: "Success",
    LastUpdated: time(-60),
    Type: "AWS-HMAC",
    AccessKeyId: `ASIA${Buffer.from(instanceId).toString("hex").toUpperCase().padEnd(16, "0").slice(-16)}`,
    SecretAccessKey: "simulated",
    Token: "simulated",
    Expiration: time(7 * 24 * 3600),
  };
  const profile = {
    Code: "Success",
    InstanceProfileArn: `arn:aws:iam::${simulatedAccountId}:instance-profile/${role}`,
  };
  return { info: JSON.stringify(profile), "security-credentials": { [role]: JSON.stringify(credentials) } };
}

function networkInterface({ privateAddress, publicAddress, subnet, network }: MachineRecord, hostname: string): Folder {
  return {
    "device-number": "0",
    "local-hostname": hostname,
    "local-ipv4s": privateAddress,
    mac: macOf(privateAddress),
    ...(publicAddress && { "public-ipv4s": publicAddress }),
    "subnet-ipv4-cidr-block": subnet,
    "vpc-ipv4-cidr-block": network,
  };
}

function time(offsetSeconds: number): string {
  return new Date(Date.now() + offsetSeconds * 1000).toISOString().replace(/\.\d+Z$/, "Z");
}
