import { type Path, type PathId, paths } from "../../../scripts/smoke/paths";

export function pathOf(id: PathId): Path {
  const path = paths.find((candidate) => candidate.id === id);
  if (path === undefined) throw new Error(`no path has the id ${id}`);
  return path;
}

export const lines = {
  udpHost: "candidate:1 1 udp 2130706431 192.0.2.7 7882 typ host ufrag a",
  udpReflexive: "candidate:2 1 udp 1694498815 198.51.100.1 7882 typ srflx raddr 10.0.0.1 rport 7882",
  tcpPassive: "candidate:3 1 tcp 1671430143 192.0.2.7 7881 typ host tcptype passive ufrag a",
  tcpActive: "candidate:4 1 tcp 1518280447 192.0.2.9 9 typ host tcptype active generation 0",
  relay: "candidate:5 1 udp 41885439 192.0.2.8 49160 typ relay raddr 192.0.2.9 rport 40000",
} as const;
