import { randomBytes } from "node:crypto";
import type { Outputs } from "../../model/outputs";
import { callLink } from "../../page/link";
import { npm } from "./cli";
import { defaultTokenSeconds, joinToken } from "./join-token";

/** What a link to the call page is for. */
export interface Call {
  readonly room: string;
  /** How many may join by it, each once. */
  readonly participants: number;
  readonly ttlSeconds: number;
}

export const defaultCall: Call = { room: "test", participants: 2, ttlSeconds: defaultTokenSeconds };

/**
 * A link to the local stack's call page, good for one call. It carries a token for each participant and no key: whoever
 * has it can join that room for that long, and do nothing else.
 */
export async function freshCallLink(outputs: Outputs, call: Call = defaultCall): Promise<string> {
  const { room, participants, ttlSeconds } = call;
  // Of one identity a room has one participant: each token has another, and no two links have the same.
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
 * How to call from a browser.
 * @param onTerminal else no link is made: what keeps the output, such as a log, would keep its tokens
 */
export async function howToCall(outputs: Outputs, stack: string, onTerminal: boolean): Promise<string> {
  const command = npm("call", { stack });
  if (!onTerminal) return `Call from a browser by the link that this makes: ${command}`;
  return `Call from a browser, within an hour (${command} makes another link):\n  ${await freshCallLink(outputs)}`;
}
