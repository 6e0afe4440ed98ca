import { z } from "zod";
import { integer, memberText, oneOf, webhookUrl, withTitle } from "./formats";

/** `livekit:room`. */
export const room = z.strictObject({
  maxParticipants: withTitle(
    "Maximum number of participants in a room; 0 for no limit",
    integer(0, 100_000).optional(),
  ),
  emptyTimeoutSeconds: withTitle("Seconds that a room stays open before the first join", integer(1, 86_400).optional()),
  departureTimeoutSeconds: withTitle(
    "Seconds that a room stays open after the last participant leaves",
    integer(1, 86_400).optional(),
  ),
});

/** `livekit:webhooks`. */
export const webhooks = z.strictObject({
  urls: withTitle("URLs that receive LiveKit's events", z.array(webhookUrl).optional()),
  apiKey: withTitle("API key that signs the events: the stack's own, which is the default", memberText.optional()),
});

/** `livekit:expectedLoad`. */
export const expectedLoad = z.strictObject({
  rooms: withTitle("Number of concurrent rooms", integer(1, 100_000).optional()),
  participantsPerRoom: withTitle("Number of participants in each room", integer(2, 10_000).optional()),
  quality: withTitle("Quality of the published video", oneOf(["360p", "720p", "1080p"]).optional()),
});
