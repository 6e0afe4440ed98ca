/**
 * What a node takes from one address. A school or an office is one address behind its NAT, so there is room for all of
 * its people; one person's flood is not answered for long.
 */
export const perAddress = {
  /** Open requests: each participant's WebSocket is one for the whole call, and a school may have a thousand of them. */
  connections: 1000,
  requestsPerSecond: 100,
  /** Requests taken at once beyond the rate, as when a whole class joins. */
  requestBurst: 200,
  /**
   * UDP requests without valid credentials that are answered in a second: every client's first one is, once for each of
   * its two peer connections, so that relays keep up with joins. Those beyond are asked again and served a second later.
   */
  turnChallengesPerSecond: 200,
  /**
   * TCP connections to 443 where nginx shares it with TURN/TLS: each participant's WebSocket, and TURN/TLS of its two peer
   * connections. nginx limits open requests, not connections that send none.
   */
  streamConnections: 3000,
} as const;

/** Connections of one nginx worker. A WebSocket behind SNI takes four: in and out of `stream`, in and out of `http`. */
export const workerConnections = 8192;

/**
 * Open files of one nginx worker: twice its connections, as nginx advises. An engine may start containers with
 * a soft limit of 1024. The other services raise their own limit to the engine's hard one.
 */
export const workerOpenFiles = 2 * workerConnections;
