import type { PortRow } from "../../model/ports/table";
import { scrapeSeconds } from "./prometheus";
import { turnAllocations } from "./queries";

/** Folder of the node exporter's textfile collector. */
export const allocationsFolder = "/tmp/textfile";

/**
 * Renders the script that periodically writes the relay's number of allocations for the node exporter. Coturn exports
 * this number only if it is built with a library that Debian's build lacks. Each allocation is a UDP socket in the
 * relay's port range, which nothing else uses, so the script counts them in the kernel's table. That table has ports as
 * four hexadecimal digits.
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
