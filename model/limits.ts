/**
 * Limits of a node for each client address. A school or an office shares one address behind its NAT. The limits leave
 * room for all of its users, and stop a flood from one address.
 */
export const perAddress = {
  /**
   * Open requests. Each participant's WebSocket counts as one open request for the whole call. A school may have 1000
   * participants.
   */
  connections: 1000,
  requestsPerSecond: 100,
  /** Burst: requests above the rate that nginx still accepts at once, for example when a whole class joins. */
  requestBurst: 200,
  /**
   * Answers per second to UDP requests without valid credentials. Every client first sends such a request for each of
   * its two peer connections. Clients repeat requests above the limit and are served a second later.
   */
  turnChallengesPerSecond: 200,
  /**
   * TCP connections to all of nginx's ports. Each participant has a WebSocket and may have TURN/TLS for two peer
   * connections. The limit on open requests does not cover connections that send no request.
   */
  streamConnections: 3000,
} as const;

/**
 * Connections that one address can take of an nginx worker: each TCP connection and its own connection to Coturn or
 * LiveKit, and one to LiveKit for each further request that shares a connection through HTTP/2.
 */
const addressConnections = 2 * perAddress.streamConnections + perAddress.connections;

/** Connections of one nginx worker. One address can take at most half of them, even where a node has a single worker. */
export const workerConnections = 2 * addressConnections;

/**
 * Open files of one nginx worker: one for each connection, and spare ones for listeners and logs. A change of this
 * number replaces the container, which cuts TURN/TLS on 443. An engine may start containers with a soft limit of 1024.
 * The other services raise their own soft limit to the engine's hard limit.
 */
export const workerOpenFiles = 16_384;
