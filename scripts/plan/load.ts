import { hoursPerMonth } from "../../model/aws/prices";
import type { Load } from "../../model/capacity/assess";
import type { LoadSource } from "../../model/capacity/fit";
import { defaultRoom, type Quality, qualities } from "../../model/capacity/load";
import { largestPlannedRoom } from "../../model/capacity/node";
import type { Settings } from "../../model/settings/schema";
import { type ConfigError, throwIfAny } from "../../model/user-error";

/** The command-line flags that describe a load, as typed. */
export interface LoadFlags {
  readonly rooms?: string;
  readonly participants?: string;
  readonly publishers?: string;
  readonly quality?: string;
  readonly turnShare?: string;
  readonly hours?: string;
}

export interface StatedLoad {
  readonly load: Load;
  /** Hours per month with this load. */
  readonly hours: number;
  readonly source: LoadSource;
}

const mostRooms = 100_000;

/**
 * Reads the load from the flags. Defaults come from `livekit:expectedLoad`, then from the planner.
 * @throws UserError with every invalid flag
 */
export function statedLoad(flags: LoadFlags, expected: Settings["expectedLoad"]): StatedLoad {
  const errors: ConfigError[] = [];
  const number = (flag: string, text: string | undefined, first: number, last: number, example: number) => {
    if (text === undefined) return undefined;
    const value = Number(text);
    const whole = text.trim() !== "" && Number.isInteger(value) && value >= first && value <= last;
    if (!whole) errors.push(error(flag, text, `must be a whole number from ${first} to ${last}`, example));
    return value;
  };
  const rooms = number("--rooms", flags.rooms, 1, mostRooms, 10) ?? expected.rooms;
  const participants =
    number("--participants", flags.participants, 2, largestPlannedRoom, defaultRoom.participants) ??
    expected.participantsPerRoom ??
    defaultRoom.participants;
  const publishers = number("--publishers", flags.publishers, 1, participants, 1) ?? participants;
  const percent = number("--turn-share", flags.turnShare, 0, 100, defaultRoom.turnShare * 100);
  const hours = number("--hours", flags.hours, 1, hoursPerMonth, 176) ?? hoursPerMonth;
  const quality = flags.quality ?? expected.quality ?? defaultRoom.quality;
  if (!isQuality(quality)) {
    errors.push(error("--quality", quality, `must be one of ${qualities.join(", ")}`, defaultRoom.quality));
  }
  throwIfAny(errors);
  const turnShare = percent === undefined ? defaultRoom.turnShare : percent / 100;
  const shape = { participants, publishers, quality: quality as Quality, turnShare };
  const source = { participants: flags.participants ? "--participants" : "livekit:expectedLoad.participantsPerRoom" };
  return { load: { shape, ...(rooms !== undefined && { rooms }) }, hours, source };
}

function isQuality(text: string): text is Quality {
  return (qualities as readonly string[]).includes(text);
}

function error(key: string, value: unknown, rule: string, example: unknown): ConfigError {
  return { key, value, rule, fix: `For example: npm run plan -- ${key} ${example}` };
}
