/** Where nginx serves the call page. LiveKit answers at /, /rtc, /twirp, /agent and /whip, and at nothing of this name. */
export const callPath = "/call/";

/** Stands between tickets: no token holds it, and no URL has to escape it. */
const separator = "~";

/** A join token, and what it says of itself. */
export interface Ticket {
  readonly token: string;
  readonly room: string;
  readonly expires: Date;
}

/**
 * A link to the call page. Its tokens let one participant join each: the first is whoever opens the link, the others are
 * whom that one invites. They are in the fragment, which a browser keeps to itself: no request and no log holds them.
 * @param origin e.g. `https://192.168.1.20`
 */
export function callLink(origin: string, tokens: readonly string[]): string {
  return `${origin}${callPath}#${tokens.join(separator)}`;
}

/** The tickets in a link's fragment. What is no token of a room is left out, such as one that was cut off. */
export function ticketsOf(fragment: string): Ticket[] {
  return fragment.replace(/^#/, "").split(separator).flatMap(readTicket);
}

/** Only LiveKit can judge a token; this reads what a person wants to know of it. */
function readTicket(token: string): Ticket[] {
  try {
    const base64 = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const { video, exp } = JSON.parse(new TextDecoder().decode(bytes));
    if (!video.room) return [];
    return [{ token, room: String(video.room), expires: new Date(exp * 1000) }];
  } catch {
    return [];
  }
}
