import { parse } from "yaml";
import { awsFleet, planAws } from "../../../model/aws/plan";
import { type Fleet, planLocalFleet } from "../../../model/fleet";
import { iceServer, turnServers, turnUrl } from "../../../model/turn-servers";
import { parseTurnUrl } from "../../../scripts/smoke/turn-url";
import { renderLivekit } from "../../../templates/livekit";
import { configure, configureAws, testHost } from "../../support/settings";

const { secrets } = configure();
const local = (values: Record<string, string>) => planLocalFleet(configure(values).settings, testHost);

function urls(fleet: Fleet, host: string): readonly string[] {
  return turnServers(fleet, fleet.nodes[0], { plain: host, secure: host }).map(turnUrl);
}

test("every stack offers a TURN URL for UDP; a stack with a domain also offers a URL for TLS on the HTTPS port", () => {
  expect(urls(local({}), testHost.address)).toEqual(["turn:198.51.100.7:3478?transport=udp"]);
  const moved = local({ domain: "example.com", ports: '{"https": 8443, "turn": 3479}' });
  expect(urls(moved, "turn.example.com")).toEqual([
    "turn:turn.example.com:3479?transport=udp",
    "turns:turn.example.com:8443?transport=tcp",
  ]);
  const aws = awsFleet(planAws(configureAws().settings));
  expect(urls(aws, "turn.example.com")).toEqual([
    "turn:turn.example.com:3478?transport=udp",
    "turns:turn.example.com:443?transport=tcp",
  ]);
});

test("livekit:turnTransports adds TURN over TCP and TLS", () => {
  const all = local({ domain: "example.com", turnTransports: '["tcp", "tls"]' });
  expect(urls(all, "turn.example.com")).toEqual([
    "turn:turn.example.com:3478?transport=udp",
    "turn:turn.example.com:3478?transport=tcp",
    "turns:turn.example.com:443?transport=tcp",
    "turns:turn.example.com:5349?transport=tcp",
  ]);
});

test("turnServers returns the same hosts, ports and protocols as rtc.turn_servers in livekit.yaml", () => {
  const fleet = local({ domain: "example.com", turnTransports: '["tcp", "tls"]' });
  const [node] = fleet.nodes;
  const { rtc } = parse(renderLivekit(fleet, node, node.servers[0], secrets, "/secret"));
  const ways = turnServers(fleet, node, { plain: node.turnName, secure: node.turnName });
  const listed = (rtc.turn_servers as Record<string, unknown>[]).map(({ host, port, protocol }) => ({
    host,
    port,
    protocol,
  }));
  expect(ways).toEqual(listed);
});

test("a TURN URL is parsed to its host, port and transport, also for IPv6", () => {
  for (const protocol of ["udp", "tcp", "tls"] as const) {
    const server = { host: "2001:db8::1", port: 3478, protocol };
    expect(parseTurnUrl(turnUrl(server))).toEqual({ host: server.host, port: server.port, transport: protocol });
  }
});

test("an ICE server object has the member names of the browser's RTCIceServer", () => {
  const servers = [{ host: "a.example.com", port: 3478, protocol: "udp" }] as const;
  expect(iceServer(servers, { username: "u", password: "p", ttl: 60 })).toEqual({
    urls: ["turn:a.example.com:3478?transport=udp"],
    username: "u",
    credential: "p",
    ttl: 60,
  });
});
