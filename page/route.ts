/** Which ways a call's media may go. */
export interface Route {
  readonly label: string;
  /** Whether media have to go by a relay. */
  readonly relayOnly: boolean;
  /** Which of the server's relays may be used, by URL: `turn:host:3478?transport=udp`. */
  readonly relay: (url: string) => boolean;
}

/** By the value that the form has for each. */
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
 * Makes every further peer connection keep to a route. LiveKit names its relays once a client has asked to join, and the
 * client hands them straight to the browser: here is the one place where they can be chosen from.
 * @returns the peer connections, as they are made
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
