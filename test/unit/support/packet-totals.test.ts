import { PacketTotals } from "../../support/packet-totals";

const counts = (received: number, audioReceived: number, audioSent: number) => ({ received, audioReceived, audioSent });

test("packet totals count only packets after the first sample", () => {
  const totals = new PacketTotals(counts(100, 50, 60));
  totals.add(counts(150, 75, 85));
  expect([totals.all, totals.newConnections]).toEqual([counts(50, 25, 25), 0]);
});

test.each([
  ["receive", counts(10, 5, 110), counts(60, 30, 50)],
  ["send", counts(200, 100, 4), counts(100, 50, 29)],
])("a new peer connection to %s media does not reset the packet totals of the other direction", (_, now, all) => {
  const totals = new PacketTotals(counts(100, 50, 60));
  totals.add(counts(150, 75, 85));
  totals.add(now);
  expect([totals.all, totals.newConnections]).toEqual([all, 1]);
});
