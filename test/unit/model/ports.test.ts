import fc from "fast-check";
import { planLocalFleet } from "../../../model/fleet";
import { portsInUse } from "../../../model/ports/binding";
import { defaultPorts, formatPorts, portCount, slice } from "../../../model/ports/table";
import { configure, testHost } from "../../support/settings";

test("the default port table has LiveKit's, TURN's and nginx's documented ports", () => {
  const rows = Object.values(defaultPorts).map((row) => [formatPorts(row), row.protocols.join("/"), row.service]);
  expect(rows).toEqual([
    ["7880", "tcp", "LiveKit"],
    ["7881", "tcp", "LiveKit"],
    ["7882", "udp", "LiveKit"],
    ["50000-50100", "udp", "LiveKit"],
    ["3478", "udp/tcp", "TURN"],
    ["5349", "udp/tcp", "TURN"],
    ["49152-49252", "udp", "TURN"],
    ["443", "tcp", "nginx"],
  ]);
});

test("a port range is divided into equal, disjoint slices inside the range", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60000 }),
      fc.integer({ min: 4, max: 500 }),
      fc.integer({ min: 1, max: 4 }),
      (first, size, count) => {
        const span = { first, last: first + size - 1 };
        const slices = Array.from({ length: count }, (_, index) => slice(span, index, count));
        slices.forEach((each, index) => {
          expect(portCount(each)).toBe(Math.floor(size / count));
          expect(each.first).toBe(index === 0 ? first : (slices[index - 1]?.last ?? 0) + 1);
          expect(each.last).toBeLessThanOrEqual(span.last);
        });
      },
    ),
  );
});

test.each([
  ["multiMux", "50000-50003"],
  ["mux", "7882"],
  ["range", "50000-50100"],
])("with mediaTransport %s, LiveKit uses port(s) %s for media", (mediaTransport, ports) => {
  const fleet = planLocalFleet(configure({ mediaTransport }).settings, testHost);
  expect(portsInUse(fleet, fleet.nodes[0]).map(formatPorts)).toEqual([
    "7880",
    "7881",
    ports,
    "3478",
    "5349",
    "49152-49252",
    "443",
  ]);
});

test("several LiveKit servers divide the media port range, and only the first has ICE over TCP", () => {
  const fleet = planLocalFleet(configure({ nodes: "3" }).settings, testHost);
  const { servers } = fleet.nodes[0];
  expect(servers.map(({ media }) => formatPorts(media))).toEqual(["50000-50003", "50033-50036", "50066-50069"]);
  expect(servers.map(({ iceTcpPort }) => iceTcpPort)).toEqual([7881, undefined, undefined]);
  expect(new Set(servers.map(({ apiPort }) => apiPort)).size).toBe(3);
  expect(servers.every(({ apiAddress }) => apiAddress === "127.0.0.1")).toBe(true);
});
