/**
 * What a node takes from one address. A school or an office is one address behind its NAT, so there is room for
 * hundreds of people; one person's flood is not answered for long.
 */
export const perAddress = {
  /** Open requests, of which each participant's WebSocket is one. */
  connections: 200,
  requestsPerSecond: 100,
  /** Requests taken at once beyond the rate, as when a whole class joins. */
  requestBurst: 200,
  /**
   * UDP requests without valid credentials that are answered in a second: every client's first one is, once for each of
   * its two peer connections, so that relays keep up with joins. Those beyond are asked again and served a second later.
   */
  turnChallengesPerSecond: 200,
} as const;
