/** Network paths that a call's media may use. */
export interface Route {
  readonly label: string;
  /** Whether media must use a TURN relay. */
  readonly relayOnly: boolean;
  /** Reports whether a TURN server may be used, by its URL, e.g. `turn:host:3478?transport=udp`. */
  readonly relay: (url: string) => boolean;
}

/** Routes by their value in the form. */
export const routes: Readonly<Record<string, Route>> = {
  automatic: { label: "Automatic", relayOnly: false, relay: () => true },
  direct: { label: "Direct only", relayOnly: false, relay: () => false },
  relay: { label: "Relay only", relayOnly: true, relay: () => true },
  "relay-udp": { label: "Relay only, TURN/UDP", relayOnly: true, relay: (url) => /^turn:.*transport=udp/.test(url) },
  "relay-tcp": { label: "Relay only, TURN/TCP", relayOnly: true, relay: (url) => /^turn:.*transport=tcp/.test(url) },
  "relay-tls": { label: "Relay only, TURN/TLS", relayOnly: true, relay: (url) => url.startsWith("turns:") },
};

const BrowsersPeerConnection = globalThis.RTCPeerConnection;

/**
 * Restricts every new peer connection to a route. LiveKit sends its TURN servers during the join, and the client passes
 * them directly to the browser. Only the patched RTCPeerConnection can filter them.
 * @returns the peer connections; grows as they are created
 */
export function keepTo(route: Route): readonly RTCPeerConnection[] {
  const made: RTCPeerConnection[] = [];
  globalThis.RTCPeerConnection = class extends BrowsersPeerConnection {
    constructor(configuration: RTCConfiguration = {}) {
      super(narrowed(configuration, route));
      made.push(this);
    }

    override setConfiguration(configuration: RTCConfiguration = {}): void {
      super.setConfiguration(narrowed(configuration, route));
    }
  };
  return made;
}

function narrowed(configuration: RTCConfiguration, { relayOnly, relay }: Route): RTCConfiguration {
  const iceServers = (configuration.iceServers ?? []).flatMap((server) => {
    const urls = [server.urls].flat().filter(relay);
    return urls.length === 0 ? [] : [{ ...server, urls }];
  });
  return { ...configuration, iceServers, iceTransportPolicy: relayOnly ? "relay" : "all" };
}
