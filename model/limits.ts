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
} as const;
