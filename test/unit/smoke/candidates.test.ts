import { admits, filterSdp, parseCandidate, type Sender } from "../../../scripts/smoke/candidates";
import type { PathId } from "../../../scripts/smoke/paths";
import { lines, pathOf } from "./support";

function admitted(id: PathId, sender: Sender): string[] {
  return Object.entries(lines).flatMap(([name, line]) => {
    const candidate = parseCandidate(line);
    return candidate && admits(pathOf(id), sender, candidate) ? [name] : [];
  });
}

test("parses an ICE candidate from trickle ICE and from SDP", () => {
  const tcp = { protocol: "tcp", address: "192.0.2.7", port: 7881, type: "host", tcpType: "passive" };
  expect(parseCandidate(lines.tcpPassive)).toEqual(tcp);
  expect(parseCandidate(`a=${lines.tcpPassive}`)).toEqual(tcp);
  expect(parseCandidate("candidate:1 1 UDP 1 fd00::2 7882 typ host")).toMatchObject({ protocol: "udp" });
  expect(parseCandidate("")).toBeUndefined();
  expect(parseCandidate("candidate:1 1 udp 1 192.0.2.7 7882")).toBeUndefined();
});

test.each<[PathId, Sender, string[]]>([
  ["udp", "client", ["udpHost", "udpReflexive"]],
  ["udp", "server", ["udpHost", "udpReflexive"]],
  ["wss", "server", ["udpHost", "udpReflexive"]],
  ["tcp", "client", ["tcpPassive", "tcpActive"]],
  ["tcp", "server", ["tcpPassive"]],
  ["turn-udp", "client", ["relay"]],
  ["turn-tcp", "client", ["relay"]],
  ["turn-tls", "client", ["relay"]],
  ["turn-udp", "server", ["udpHost", "udpReflexive"]],
  ["turn-tls", "server", ["udpHost", "udpReflexive"]],
])("the filter of path %s admits only the %s ICE candidates that this path can use", (id, sender, expected) => {
  expect(admitted(id, sender)).toEqual(expected);
});

test("removes only rejected ICE candidates from SDP", () => {
  const sdp = ["v=0", "a=ice-ufrag:x", `a=${lines.udpHost}`, `a=${lines.tcpPassive}`, "a=end-of-candidates", ""];
  const filtered = filterSdp(sdp.join("\r\n"), (line) => line.includes(" tcp "));
  expect(filtered.split("\r\n")).toEqual(sdp.filter((line) => !line.includes(" udp ")));
});
