import { type AwsPlan, primaryRegion } from "../aws/plan";
import type { Fleet, FleetNode, LiveKitServer } from "../fleet";
import { elasticachePort, redisRow } from "../ports/internal";
import { formatPorts, type PortRow } from "../ports/table";

/** A box of the diagram. */
interface Box {
  readonly id: string;
  readonly lines: readonly string[];
}

/** An arrow from the client of a connection to its server. */
interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly label: string;
}

const clients: Box = { id: "clients", lines: ["browsers, phones, native clients"] };
const external: Box = { id: "external_redis", lines: ["Redis of the settings"] };

/**
 * Renders the stack as a Mermaid flowchart with regions, nodes, services, ports and connections. GitHub, GitLab and
 * https://mermaid.live display it.
 * @param plan the AWS plan, undefined for a local stack
 */
export function mermaid(fleet: Fleet, plan?: AwsPlan): string {
  const boxes = [clients, ...outside(fleet, plan)];
  return [
    "flowchart LR",
    ...boxes.map(box).map(indent(1)),
    ...(plan === undefined ? fleet.nodes.flatMap((node) => machine(fleet, node)) : regions(fleet, plan)).map(indent(1)),
    ...fleet.nodes
      .flatMap((node) => arrows(fleet, node, plan))
      .map(arrow)
      .map(indent(1)),
    "",
  ].join("\n");
}

function outside({ settings }: Fleet, plan: AwsPlan | undefined): Box[] {
  const aws = plan && [
    { id: "aws", lines: ["AWS", "S3: bundles", "Secrets Manager", "Route 53"] },
    { id: "ca", lines: ["certificate authority", "ACME, DNS-01"] },
  ];
  return [...(aws ?? []), ...(settings.redis.mode === "external" ? [external] : [])];
}

function regions(fleet: Fleet, plan: AwsPlan): string[] {
  return plan.regions.flatMap((region) => {
    const title = `${region.name} ${region.cidr}${region.primary ? ", primary" : ""}`;
    const nodes = fleet.nodes.filter((node) => node.region === region.name);
    const shared = region === primaryRegion(plan) && fleet.settings.redis.mode === "elasticache" ? [elastiCache] : [];
    const balancer = fleet.settings.loadBalancer === "nlb" ? [balancerOf(region.code)] : [];
    const types = new Map(plan.nodes.map(({ name, instanceType }) => [name, instanceType]));
    const inner = nodes.flatMap((node) => machine(fleet, node, types.get(node.name)));
    return subgraph(`region_${region.code}`, title, [...[...balancer, ...shared].map(box), ...inner]);
  });
}

const elastiCache: Box = { id: "elasticache", lines: ["ElastiCache Redis", `${elasticachePort}/tcp, TLS`] };

function balancerOf(code: string): Box {
  return { id: `nlb_${code}`, lines: ["network load balancer", "TCP"] };
}

/** Renders one machine with its services. */
function machine(fleet: Fleet, node: FleetNode, instanceType?: string): string[] {
  const title = [node.name, instanceType].filter(Boolean).join(", ");
  return subgraph(idOf("node", node.name), title, services(fleet, node).map(box));
}

function services(fleet: Fleet, node: FleetNode): Box[] {
  const { ports, settings } = fleet;
  const redis = { id: idOf(node.name, "redis"), lines: ["Redis", `${redisRow(settings).first}/tcp, loopback`] };
  return [
    { id: idOf(node.name, "nginx"), lines: ["nginx", portText(ports.https)] },
    ...node.servers.map((server) => ({
      id: idOf(node.name, server.name),
      lines: ["LiveKit", `${server.apiPort}/tcp`, ...directPorts(fleet, server)],
    })),
    {
      id: idOf(node.name, "coturn"),
      lines: ["Coturn", portText(ports.turn), portText(ports.turnTls), `relay ${portText(ports.relay)}`],
    },
    ...(redisOf(fleet, node) === redis.id ? [redis] : []),
  ];
}

/** Returns the connections to, from and within one node. */
function arrows(fleet: Fleet, node: FleetNode, plan: AwsPlan | undefined): Arrow[] {
  const { ports } = fleet;
  const [nginx, coturn] = [idOf(node.name, "nginx"), idOf(node.name, "coturn")];
  const servers = node.servers.map((server) => ({ server, id: idOf(node.name, server.name) }));
  return [
    ...entry(fleet, node, nginx, plan),
    ...servers.flatMap(({ server, id }) => [
      { from: nginx, to: id, label: `${server.apiPort}/tcp` },
      ...(isApiOpen(fleet, server, plan)
        ? [{ from: clients.id, to: id, label: `HTTP API, WebSocket ${server.apiPort}/tcp` }]
        : []),
      { from: clients.id, to: id, label: ["media", ...directPorts(fleet, server)].join(" ") },
      { from: coturn, to: id, label: "relayed media" },
      { from: id, to: redisOf(fleet, node), label: "rooms and nodes" },
    ]),
    { from: clients.id, to: coturn, label: `TURN ${portText(ports.turn)}, TLS ${portText(ports.turnTls)}` },
    ...(node.turnBySni ? [{ from: nginx, to: coturn, label: `TURN/TLS by SNI ${ports.turnTls.first}/tcp` }] : []),
    ...(plan ? fetched(node, plan) : []),
  ];
}

function entry(fleet: Fleet, node: FleetNode, nginx: string, plan: AwsPlan | undefined): Arrow[] {
  const label = `HTTPS, WebSocket ${portText(fleet.ports.https)}`;
  const region = plan?.regions.find(({ name }) => name === node.region);
  if (fleet.settings.loadBalancer !== "nlb" || region === undefined) {
    return [{ from: clients.id, to: nginx, label }];
  }
  const { id } = balancerOf(region.code);
  const first = fleet.nodes.find((each) => each.region === region.name) === node;
  return [...(first ? [{ from: clients.id, to: id, label }] : []), { from: id, to: nginx, label: "healthy nodes" }];
}

/**
 * Returns the connections from a node to AWS and the CA. Nodes pull their bundles, so a deployment opens no connection
 * to a node.
 */
function fetched({ name }: FleetNode, plan: AwsPlan): Arrow[] {
  const from = idOf("node", name);
  return [
    { from, to: "aws", label: "pulls its bundle and secrets 443/tcp" },
    ...(name === plan.issuer ? [{ from, to: "ca", label: "asks for the certificate 443/tcp" }] : []),
  ];
}

/** Reports whether clients can reach LiveKit's API without nginx. */
function isApiOpen({ settings }: Fleet, { apiAddress }: LiveKitServer, plan: AwsPlan | undefined): boolean {
  return plan === undefined ? apiAddress === "0.0.0.0" : settings.apiIngress === "world";
}

/** Lists the ports to which clients send media without the relay. */
function directPorts(fleet: Fleet, server: LiveKitServer): string[] {
  const { row, first, last } = server.media;
  const media = portText({ ...fleet.ports[row], first, last });
  return [...(server.iceTcpPort === undefined ? [] : [`${server.iceTcpPort}/tcp`]), media];
}

function redisOf({ settings }: Fleet, node: FleetNode): string {
  switch (settings.redis.mode) {
    case "elasticache":
      return elastiCache.id;
    case "external":
      return external.id;
    default:
      return idOf(node.name, "redis");
  }
}

/** Returns an id of letters, digits and underscores. No Mermaid keyword contains an underscore. */
function idOf(...parts: readonly string[]): string {
  return parts.join("_").replace(/[^A-Za-z0-9]/g, "_");
}

function portText(row: PortRow): string {
  return `${formatPorts(row)}/${row.protocols.join("+")}`;
}

function box({ id, lines }: Box): string {
  return `${id}["${lines.map(quoted).join("<br/>")}"]`;
}

function arrow({ from, to, label }: Arrow): string {
  return `${from} -->|"${quoted(label)}"| ${to}`;
}

function subgraph(id: string, title: string, inner: readonly string[]): string[] {
  return [`subgraph ${id}["${quoted(title)}"]`, ...inner.map(indent(1)), "end"];
}

/** Escapes characters as Mermaid entities. A quote in a name would end the text, and a `#` would begin an entity. */
function quoted(text: string): string {
  return text.replace(/[#"<>&]/g, (character) => `#${character.charCodeAt(0)};`);
}

function indent(levels: number): (line: string) => string {
  return (line) => `${"  ".repeat(levels)}${line}`;
}
