import { ConnectionError, ConnectionErrorReason, DisconnectReason } from "livekit-client";
import type { Ticket } from "./link";

const freshLink = "Make a new link on the machine that runs the stack, with: npm run call";

/** Shown if the page is opened without a valid link, or reloaded. */
export const noTicket = `This page is opened by a link that lets you join. After a reload, open the link again. ${freshLink}`;

/** Returns why joining failed, and how to fix it. */
export function whyNotJoined(error: unknown, ticket: Ticket): string {
  if (!(error instanceof ConnectionError)) return `Joining failed: ${error instanceof Error ? error.message : error}`;
  switch (error.reason) {
    case ConnectionErrorReason.NotAllowed:
      return `The server refused this link: ${whyRejected(ticket)} ${freshLink}`;
    case ConnectionErrorReason.InternalError:
      return "No media came through this way: a firewall may drop it, this device may not trust the certificate, or the stack may not hand out this TURN URL (livekit:turnTransports). Try another path.";
    case ConnectionErrorReason.ServerUnreachable:
    case ConnectionErrorReason.WebSocket:
    case ConnectionErrorReason.Timeout:
      return "The server does not answer. See on the machine that runs it, with: npm run doctor";
    default:
      return `Joining failed: ${error.message}`;
  }
}

function whyRejected({ expires }: Ticket): string {
  if (expires < new Date()) return `it was good until ${expires.toLocaleTimeString()}.`;
  return "its key is not, or no longer, one of the server's.";
}

/** Returns why a call ended that the user did not leave. */
export function whyEnded(reason: DisconnectReason | undefined): string {
  switch (reason) {
    case DisconnectReason.DUPLICATE_IDENTITY:
      return `The same link was opened elsewhere; each lets one participant join. ${freshLink}`;
    case DisconnectReason.SERVER_SHUTDOWN:
      return "The server was stopped.";
    case DisconnectReason.PARTICIPANT_REMOVED:
    case DisconnectReason.ROOM_DELETED:
      return "The server ended the call.";
    default:
      return "The connection was lost.";
  }
}
