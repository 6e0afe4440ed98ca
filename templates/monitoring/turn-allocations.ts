import type { PortRow } from "../../model/ports";
import { scrapeSeconds } from "./prometheus";
import { turnAllocations } from "./queries";

/** Where the node exporter reads numbers that it does not know by itself. */
export const allocationsFolder = "/tmp/textfile";

/**
 * Renders the script that tells the node exporter how many allocations the relay has, over and over. Coturn tells that by
 * itself only where it was built with a library that Debian's is not; but each allocation is a UDP socket of the relay's
 * range, which nothing else has, and the kernel tells those. Its table has ports as four hexadecimal digits.
 */
export function renderAllocations({ first, last }: Pick<PortRow, "first" | "last">): string {
  const file = `${allocationsFolder}/turn`;
  return `mkdir -p ${allocationsFolder}
while :; do
  awk 'NR > 1 { split($2, local, ":"); if (local[2] >= "${hex(first)}" && local[2] <= "${hex(last)}") sockets++ }
    END { print "# TYPE ${turnAllocations} gauge"; print "${turnAllocations} " sockets + 0 }' /proc/net/udp > ${file}.new
  mv ${file}.new ${file}.prom
  sleep ${Math.floor(scrapeSeconds / 2)}
done
`;
}

function hex(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, "0");
}
