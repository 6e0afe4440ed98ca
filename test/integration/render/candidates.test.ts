import { networkInterfaces } from "node:os";
import Dockerode from "dockerode";
import { type Host, planLocalFleet } from "../../../model/fleet";
import type { ServiceSpec } from "../../../model/service";
import { type Candidate, parseCandidate } from "../../../scripts/smoke/candidates";
import { findHost } from "../../../stacks/host";
import { planServices } from "../../../templates/bundle";
import { eventually } from "../../support/eventually";
import { ownSettings } from "../../support/numbers";
import { imagesHere, runService } from "../../support/rendered-service";
import { configure, testSecrets } from "../../support/settings";
import { join, joinToken } from "../../support/signalling";

const docker = new Dockerode();
const { namePrefix, ports, redis } = ownSettings("candidates");
const settings = {
  namePrefix,
  ports: JSON.stringify(ports),
  redis: JSON.stringify(redis),
  mediaTransport: "mux",
};
const made: { remove(options?: object): Promise<unknown> }[] = [];

afterEach(async () => {
  for (const each of made.splice(0).reverse()) await each.remove({ force: true, v: true });
});

test.each(["host", "bridge"] as const)(
  "on a %s network with several addresses, the rendered LiveKit server offers exactly one IPv4 address as ICE candidates",
  async (network) => {
    const { host, address, others } = await serve(network);
    expect(others).not.toEqual([]);
    const candidates = await offered(`ws://${address}:${ports.api}`);
    const offers = candidates.map(({ protocol, type, address, port }) => ({ protocol, type, address, port }));
    expect(offers).toHaveLength(2);
    expect(offers).toContainEqual({ protocol: "udp", type: "host", address: host.address, port: ports.iceUdp });
    expect(offers).toContainEqual({ protocol: "tcp", type: "host", address: host.address, port: ports.iceTcp });
  },
);

/** Starts Redis and LiveKit with their rendered files. The bridge network also assigns IPv6 addresses. */
async function serve(network: Host["network"]) {
  const host = await findHost({ network });
  const { settings: parsed, secrets } = configure(settings);
  const fleet = planLocalFleet(parsed, host);
  const specs = planServices(fleet, fleet.nodes[0]);
  const inputs = { secrets, certificate: { chain: "", key: "" } };
  const images = await imagesHere(docker, parsed);
  const bridge = await docker.createNetwork({
    Name: namePrefix,
    EnableIPv6: true,
    IPAM: { Config: [{ Subnet: "fd00:ca4d::/64" }] },
  });
  made.push(bridge);
  const [redis, livekit] = ["redis", "livekit"].map((kind) => specs.find((spec) => spec.kind === kind) as ServiceSpec);
  if (redis) made.push(await runService(docker, namePrefix, redis, inputs, images.redis));
  const server = livekit && (await runService(docker, namePrefix, livekit, inputs, images.livekit));
  if (server) made.push(server);
  const own = (await server?.inspect())?.NetworkSettings.Networks[namePrefix];
  const address = own?.IPAddress ?? "127.0.0.1";
  await answers(`http://${address}:${ports.api}`);
  const interfaces = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const others = own ? [own.GlobalIPv6Address] : interfaces.filter(({ internal }) => !internal).slice(1);
  return { host, address, others };
}

async function answers(url: string): Promise<void> {
  await eventually(async () => expect(await fetch(url)).toMatchObject({ ok: true }), 20_000);
}

/** Joins a room and collects the server's candidates. */
async function offered(url: string): Promise<Candidate[]> {
  const { apiKey: key = "", apiSecret: secret = "" } = testSecrets;
  const candidates: Candidate[] = [];
  for await (const { case: kind, value } of join(url, await joinToken({ key, secret }))) {
    if (kind !== "trickle") continue;
    const { candidate } = JSON.parse(value.candidateInit) as { candidate: string };
    candidates.push(...[parseCandidate(candidate)].filter((parsed) => parsed !== undefined));
    if (value.final) break;
  }
  return candidates;
}
