import { randomBytes } from "node:crypto";
import type { Outputs } from "../../model/outputs";
import { callLink } from "../../page/link";
import { npm } from "./cli";
import { defaultTokenSeconds, joinToken } from "./join-token";

/** Room, participants and lifetime of a link to the call page. */
export interface Call {
  readonly room: string;
  /** Number of participants who can join with the link, each once. */
  readonly participants: number;
  readonly ttlSeconds: number;
}

export const defaultCall: Call = { room: "test", participants: 2, ttlSeconds: defaultTokenSeconds };

/**
 * Creates a link to the local stack's call page, for one call. The link contains one token per participant and no API
 * key. A user with the link can only join this room, and only until the tokens expire.
 */
export async function freshCallLink(outputs: Outputs, call: Call = defaultCall): Promise<string> {
  const { room, participants, ttlSeconds } = call;
  // LiveKit allows one participant per identity in a room, so each token has an identity that no other link uses.
  const joiner = () => ({
    room,
    identity: `caller-${randomBytes(6).toString("base64url")}`,
    ttlSeconds,
    choosesName: true,
  });
  const tokens = await Promise.all(Array.from({ length: participants }, () => joinToken(outputs, joiner())));
  return callLink(outputs.secureUrl.replace(/^wss:/, "https:"), tokens);
}

/**
 * Explains how to call from a browser.
 * @param onTerminal false creates no link, because a log of the output would contain its tokens
 */
export async function howToCall(outputs: Outputs, stack: string, onTerminal: boolean): Promise<string> {
  const command = npm("call", { stack });
  if (!onTerminal) return `Call from a browser with the link that this command prints: ${command}`;
  return `Call from a browser within an hour (${command} prints another link):\n  ${await freshCallLink(outputs)}`;
}
