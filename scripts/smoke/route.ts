import { isIP } from "node:net";
import { ICEServer } from "@livekit/protocol";
import { turnUrl } from "../../model/turn-servers";
import { type Alarm, RelayMissing } from "./error";
import { type Gateway, openGateway } from "./gateway";
import type { Path } from "./paths";
import type { Reach } from "./reach";
import { SignallingFilter } from "./signalling";
import { openTlsShim, type TlsShim } from "./tls-shim";
import { isOptional, type RelayServer, testedRelays } from "./turn-url";

/** One participant's connection to the server, restricted to the path under test. */
export interface Route {
  readonly gateway: Gateway;
  readonly filter: SignallingFilter;
  /** Set for TURN/TLS only. */
  readonly shim?: TlsShim;
  /** Returns the relay in use. Undefined before the join response, which contains it. */
  readonly relay: () => RelayServer | undefined;
  /** Returns true if the server does not offer the path's relay: clients do not depend on it then. */
  readonly isOptional: () => boolean;
  readonly close: () => Promise<void>;
}

/** Opens a route. @param index selects a relay, so that participants use different ones if the server offers several */
export async function openRoute(path: Path, url: string, reach: Reach, index: number, alarm: Alarm): Promise<Route> {
  let relay: RelayServer | undefined;
  let optional = false;
  const shim = path.relay === "tls" ? await openTlsShim(() => relay, reach, alarm) : undefined;

  const filter = new SignallingFilter(path, (offered) => {
    if (path.relay === undefined) return [];
    optional = isOptional(offered, path.relay, reach.relayPorts);
    const servers = testedRelays(offered, path.relay, reach.relayPorts);
    relay = servers[index % servers.length];
    if (relay === undefined) throw notOffered(path);
    return [iceServer(relay, reach, shim)];
  });
  const gateway = await openGateway({ ...reach, url }, filter, alarm);

  return {
    gateway,
    filter,
    ...(shim && { shim }),
    relay: () => relay,
    isOptional: () => optional,
    close: async () => {
      await Promise.all([gateway.close(), shim?.close()]);
    },
  };
}

function iceServer(relay: RelayServer, { connectAddress }: Reach, shim?: TlsShim): ICEServer {
  const { transport, host, port, username, credential } = relay;
  const reachable = isIP(host) ? host : (connectAddress ?? host);
  const url = shim
    ? turnUrl({ host: "127.0.0.1", port: shim.port, protocol: "tcp" })
    : turnUrl({ host: reachable, port, protocol: transport === "tcp" ? "tcp" : "udp" });
  return new ICEServer({ urls: [url], username, credential });
}

function notOffered({ title, relay }: Path): RelayMissing {
  return new RelayMissing(
    "relay",
    `the server offers no ${title} relay`,
    `Add an entry with protocol: ${relay} to rtc.turn_servers in livekit.yaml; a stack of this project has livekit:turnTransports`,
  );
}
