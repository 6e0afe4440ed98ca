/** A signed-in user of your application. */
export interface User {
  /** Unique, such as the user's id: LiveKit replaces a participant by the next one with the same identity. */
  readonly identity: string;
  /** Name that other participants see. @default identity */
  readonly name?: string;
}

/** Decides who may join a room. */
export interface SessionCheck {
  /** Returns the user of the request's session, or undefined or null if the request has no valid session. */
  readonly findUser: (request: Request) => Promise<User | undefined | null>;
  /** Returns whether the user may join the room. */
  readonly mayJoin: (user: User, room: string) => Promise<boolean>;
}

/**
 * Your application's session check. While it is undefined, the token route rejects every request.
 * @example
 * {
 *   findUser: async (request) => {
 *     const session = await readSession(request);
 *     return session && { identity: session.userId, name: session.userName };
 *   },
 *   mayJoin: (user, room) => isMember(user.identity, room),
 * }
 */
export const sessionCheck: SessionCheck | undefined = undefined;
