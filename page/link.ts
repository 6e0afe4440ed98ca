/**
 * Path where nginx serves the call page. It conflicts with no path of LiveKit, which serves /, /rtc, /twirp, /agent and
 * /whip.
 */
export const callPath = "/call/";

/** Separates the tokens in a link. It occurs in no token and needs no escaping in a URL. */
const separator = "~";

/** A join token, with its room and expiry time. */
export interface Ticket {
  readonly token: string;
  readonly room: string;
  readonly expires: Date;
}

/**
 * Returns a link to the call page. Each token lets one participant join: the first is for the user who opens the link,
 * the others are for invitations. They are in the fragment, which browsers never send, so no request or log contains
 * them.
 * @param origin e.g. `https://192.168.1.20`
 */
export function callLink(origin: string, tokens: readonly string[]): string {
  return `${origin}${callPath}#${tokens.join(separator)}`;
}

/**
 * Returns the tickets in a link's fragment. Omits invalid tokens, such as a truncated one, and tokens without a room.
 */
export function ticketsOf(fragment: string): Ticket[] {
  return fragment.replace(/^#/, "").split(separator).flatMap(readTicket);
}

/** Decodes a token for display. Only LiveKit can verify it. */
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
