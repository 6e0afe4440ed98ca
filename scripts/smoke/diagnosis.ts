import type { Candidate } from "./candidates";
import { relayError, SmokeError } from "./error";
import type { Path } from "./paths";
import type { Reach } from "./reach";
import type { Route } from "./route";
import { requestBinding } from "./stun";

/** Diagnoses why a participant that joined the room got no media connection. */
export async function diagnoseConnection(path: Path, routes: readonly Route[], reach: Reach): Promise<SmokeError> {
  const outside = routes.find(({ filter }) => filter.participantSid === undefined);
  if (outside) return noJoinResponse();
  if (path.relay === undefined) return diagnoseDirect(path, routes);
  const unallocated = routes.find(({ filter }) => filter.admitted.client.length === 0);
  return unallocated ? diagnoseAllocation(path, unallocated, reach) : diagnosePeer(routes);
}

function noJoinResponse(): SmokeError {
  return new SmokeError(
    "signalling",
    "the server accepted the connection but sent no join response",
    "Read the server's log: npm run logs -- livekit. Its Redis may be unreachable",
  );
}

function diagnoseDirect({ protocol }: Path, routes: readonly Route[]): SmokeError {
  const transport = protocol.toUpperCase();
  const offered = serverEndpoints(routes);
  if (offered.length === 0) {
    const key = protocol === "tcp" ? "rtc.tcp_port" : "rtc.udp_port, or rtc.port_range_start and rtc.port_range_end,";
    return new SmokeError("ICE", `the server offered no ${transport} candidate`, `Set ${key} in livekit.yaml`);
  }
  return new SmokeError(
    "ICE",
    `the SFU does not answer over ${transport} at ${offered.join(", ")}`,
    `Open the SFU's ports for ${transport}, and check that rtc.node_ip is an address that clients can reach`,
  );
}

/** Diagnoses a missing relay candidate: the relay's port does not respond, or the relay rejected the client. */
async function diagnoseAllocation(path: Path, route: Route, reach: Reach): Promise<SmokeError> {
  const relay = route.relay();
  if (relay === undefined) return noJoinResponse();
  const endpoint = `${relay.host}:${relay.port}`;
  if (path.relay === "tls") {
    if (route.shim?.sessions.length === 0) return relayError(new Error("no TLS session was established"), endpoint);
  } else {
    const error = await requestBinding(relay, path.relay ?? "udp", reach).then(
      () => undefined,
      (error: Error) => relayError(error, endpoint),
    );
    if (error) return error;
  }
  return new SmokeError(
    "relay",
    `the TURN server ${endpoint} answers over ${path.title}, but allocated no relay address`,
    "Set Coturn's static-auth-secret to the secret of LiveKit's rtc.turn_servers. If they are equal, look in Coturn's log for a full quota or an exhausted port range",
  );
}

function diagnosePeer(routes: readonly Route[]): SmokeError {
  return new SmokeError(
    "relay",
    `the TURN server allocated a relay address, but relayed no packet from ${serverEndpoints(routes).join(", ") || "the SFU"}`,
    "Coturn must allow the SFU's address (allowed-peer-ip), and the relay's UDP ports must be open between Coturn and the SFU",
  );
}

function serverEndpoints(routes: readonly Route[]): string[] {
  const candidates = routes.flatMap(({ filter }) => filter.admitted.server);
  return [...new Set(candidates.map(formatEndpoint))];
}

function formatEndpoint({ address, port }: Candidate): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
