import { lines, oneLine } from "./emit";

/** Renders redis.conf. The server is reachable only on the stack's own Docker network and the machine's loopback. */
export function renderRedis(port: number, password: string): string {
  return lines(
    "bind 0.0.0.0",
    `port ${port}`,
    `requirepass ${oneLine(password)}`,
    "dir /data",
    "# LiveKit's rooms are short-lived: a snapshot on a clean stop is enough to come back with them.",
    "save 300 1",
    "# Rooms are worth nothing after a restart: a full disk must not refuse joins (LiveKit then fails every write).",
    "stop-writes-on-bgsave-error no",
    "appendonly no",
    "maxmemory 256mb",
    "# Dropping a room's key silently would split the room: refuse writes instead.",
    "maxmemory-policy noeviction",
  );
}
