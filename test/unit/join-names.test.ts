import { joinName, wholeNumber } from "../../scripts/lib/cli";
import { mostTokenSeconds } from "../../scripts/lib/join-token";

test.each(["", "  ", "x".repeat(257), "ä".repeat(129)])(
  "the CLI rejects the room or participant name %j, which LiveKit also rejects",
  (name) => {
    expect(() => joinName(name)).toThrow(/1 to 256 bytes/);
  },
);

test.each(["a", "x".repeat(256), "ä".repeat(128)])("the CLI accepts the room or participant name %j", (name) => {
  expect(joinName(name)).toBe(name);
});

test("a token is valid for at most a year", () => {
  expect(wholeNumber(mostTokenSeconds)("31536000")).toBe(31_536_000);
  expect(() => wholeNumber(mostTokenSeconds)("31536001")).toThrow(/from 1 to 31536000/);
});
