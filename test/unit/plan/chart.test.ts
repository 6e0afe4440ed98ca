import fc from "fast-check";
import { count, formatSpread, renderBars } from "../../../scripts/plan/chart";

test("the bars of a chart share one scale and show their values", () => {
  const bars = [
    { label: "720p", spread: { cautious: 20, expected: 40, best: 50 } },
    { label: "1080p", spread: { cautious: 10, expected: 20, best: 25 } },
  ];
  // 31 columns - 5 for the label, 13 for figures and 4 for gaps = 9, below the minimum: 10 columns for 50.
  expect(renderBars(bars, { width: 31, color: false }).split("\n")).toEqual([
    "720p   ████▓▓▓▓░░  40 (20 to 50)",
    "1080p  ██▓▓░  20 (10 to 25)",
    "       █ cautious  ▓ expected  ░ best",
  ]);
});

test("a chart has colors only if requested", () => {
  const bars = [{ label: "720p", spread: { cautious: 1, expected: 2, best: 3 } }];
  expect(renderBars(bars, { width: 80, color: false })).not.toContain("\u001b");
  expect(renderBars(bars, { width: 80, color: true })).toContain("\u001b[32m█");
});

test("no line of a chart is wider than the requested width", () => {
  const spreads = fc
    .tuple(fc.nat(9999), fc.nat(9999), fc.nat(9999))
    .map((values) => values.toSorted((a, b) => a - b) as [number, number, number])
    .map(([cautious, expected, best]) => ({ cautious, expected, best }));
  fc.assert(
    fc.property(fc.array(spreads, { minLength: 1, maxLength: 5 }), fc.integer({ min: 60, max: 200 }), (all, width) => {
      const bars = all.map((spread, i) => ({ label: `${i}`, spread }));
      for (const line of renderBars(bars, { width, color: false }).split("\n")) {
        expect(line.length).toBeLessThanOrEqual(width);
      }
    }),
  );
});

test.each([
  [{ cautious: 5, expected: 11, best: 14 }, "11 (5 to 14)"], // rooms: the more the better
  [{ cautious: 3, expected: 2, best: 1 }, "2 (1 to 3)"], //     nodes: the fewer the better
  [{ cautious: 1, expected: 1, best: 1 }, "1"],
  [{ cautious: Number.POSITIVE_INFINITY, expected: 2, best: 1 }, "2 (1 or more)"], // at the cautious bound not even one room fits
])("formats the estimate %o as %s", (spread, text) => {
  expect(formatSpread(spread)).toBe(text);
});

test("formats large numbers with thousands separators", () => {
  expect(count(12_345)).toBe("12,345");
});
