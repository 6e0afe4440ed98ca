import { nodeJob } from "../../model/fleet";

/** PromQL that dashboards and alerts share. Rates cover one minute, or five if few calls leave gaps. */

export const certificateDays = "(probe_ssl_earliest_cert_expiry - time()) / 86400";

/** Percentage by direction. LiveKit observes each stream's share of lost packets, including zeros. */
export const packetLoss =
  "sum by (instance, direction) (rate(livekit_packet_loss_percent_sum[5m])) / sum by (instance, direction) (rate(livekit_packet_loss_percent_count[5m]))";

/** Packets per second that the kernel drops because their socket's buffer is full. */
export const udpDrops = `sum by (instance) (rate(node_netstat_Udp_RcvbufErrors{job="${nodeJob}"}[1m]))`;

export const processorPercent = `100 * (1 - avg by (instance) (rate(node_cpu_seconds_total{job="${nodeJob}", mode="idle"}[1m])))`;

export const memoryPercent = `100 * (1 - node_memory_MemAvailable_bytes{job="${nodeJob}"} / node_memory_MemTotal_bytes)`;

export const load = `node_load1{job="${nodeJob}"}`;

/** Metric from the script that runs beside the node exporter. */
export const turnAllocations = "turn_allocations";
