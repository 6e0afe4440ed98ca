import { nodeJob } from "../../model/fleet";

/**
 * PromQL that dashboards and alerts share. Rates of frequent events cover one minute, and rates of rare
 * events five minutes.
 */

export const certificateDays = "(probe_ssl_earliest_cert_expiry - time()) / 86400";

/** Average packet loss in percent, by direction. LiveKit records each stream's loss, including zeros. */
export const packetLoss =
  "sum by (instance, direction) (rate(livekit_packet_loss_percent_sum[5m])) / sum by (instance, direction) (rate(livekit_packet_loss_percent_count[5m]))";

/** Packets per second that the kernel drops because their socket's buffer is full. */
export const udpDrops = `sum by (instance) (rate(node_netstat_Udp_RcvbufErrors{job="${nodeJob}"}[1m]))`;

export const processorPercent = `100 * (1 - avg by (instance) (rate(node_cpu_seconds_total{job="${nodeJob}", mode="idle"}[1m])))`;

export const memoryPercent = `100 * (1 - node_memory_MemAvailable_bytes{job="${nodeJob}"} / node_memory_MemTotal_bytes)`;

export const load = `node_load1{job="${nodeJob}"}`;

/** Number of TURN allocations, from the script that runs beside the node exporter (`turn-allocations.ts`). */
export const turnAllocations = "turn_allocations";
