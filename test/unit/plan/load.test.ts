import { UserError } from "../../../model/user-error";
import { statedLoad } from "../../../scripts/plan/load";

const errorsOf = (flags: Parameters<typeof statedLoad>[0]) => {
  try {
    statedLoad(flags, {});
  } catch (error) {
    if (error instanceof UserError) return error.errors;
    throw error;
  }
  return [];
};

test("by default a room has four participants at 720p, and a tenth of the media is relayed", () => {
  const { load, hours } = statedLoad({}, {});
  expect(load).toEqual({ shape: { participants: 4, publishers: 4, quality: "720p", turnShare: 0.1 } });
  expect(hours).toBe(730);
});

test("npm run plan takes the values of missing flags from livekit:expectedLoad", () => {
  const expected = { rooms: 20, participantsPerRoom: 6, quality: "1080p" } as const;
  expect(statedLoad({}, expected).load).toMatchObject({
    rooms: 20,
    shape: { participants: 6, publishers: 6, quality: "1080p" },
  });
  expect(statedLoad({ rooms: "3", quality: "audio" }, expected).load).toMatchObject({
    rooms: 3,
    shape: { participants: 6, quality: "audio" },
  });
});

test("a load may have fewer publishers than participants, as in a webinar", () => {
  const { load } = statedLoad({ participants: "200", publishers: "2", turnShare: "25", hours: "10" }, {});
  expect(load.shape).toMatchObject({ participants: 200, publishers: 2, turnShare: 0.25 });
});

test("an error about a room's size names the flag or settings key that set the size", () => {
  expect(statedLoad({ participants: "40" }, {}).source.participants).toBe("--participants");
  expect(statedLoad({}, { participantsPerRoom: 40 }).source.participants).toBe(
    "livekit:expectedLoad.participantsPerRoom",
  );
});

test.each([
  [{ rooms: "0" }, "--rooms", "from 1 to 100000"],
  [{ rooms: "-1" }, "--rooms", "from 1 to 100000"],
  [{ rooms: "" }, "--rooms", "from 1 to 100000"],
  [{ rooms: "ten" }, "--rooms", "must be a whole number"],
  [{ participants: "0" }, "--participants", "from 2 to 10000"],
  [{ participants: "1" }, "--participants", "from 2 to 10000"],
  [{ participants: "2.5" }, "--participants", "must be a whole number"],
  [{ publishers: "5" }, "--publishers", "from 1 to 4"],
  [{ turnShare: "101" }, "--turn-share", "from 0 to 100"],
  [{ hours: "745" }, "--hours", "from 1 to 730"],
  [{ quality: "4k" }, "--quality", "must be one of 360p, 720p, 1080p, audio"],
] as const)("rejects the load %o", (flags, key, rule) => {
  const [error, ...others] = errorsOf(flags);
  expect(others).toEqual([]);
  expect(error).toMatchObject({ key, value: Object.values(flags)[0] });
  expect(error?.rule).toContain(rule);
  expect(error?.fix).toMatch(new RegExp(`npm run plan -- ${key} \\S+`));
});

test("reports all invalid flags of the load together", () => {
  expect(errorsOf({ rooms: "0", participants: "1", quality: "4k" }).map(({ key }) => key)).toEqual([
    "--rooms",
    "--participants",
    "--quality",
  ]);
});
