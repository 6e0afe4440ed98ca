import { nodeJob } from "../../model/fleet";

/** PromQL that dashboards and alerts share. Rates are over a minute for graphs, over five where few calls leave gaps. */

export const certificateDays = "(probe_ssl_earliest_cert_expiry - time()) / 86400";

/** Per cent, by direction. LiveKit observes each stream's share of lost packets, zeros included. */
export const packetLoss =
  "sum by (instance, direction) (rate(livekit_packet_loss_percent_sum[5m])) / sum by (instance, direction) (rate(livekit_packet_loss_percent_count[5m]))";

/** Packets a second that found the buffer of their socket full. */
export const udpDrops = `sum by (instance) (rate(node_netstat_Udp_RcvbufErrors{job="${nodeJob}"}[1m]))`;

export const processorPercent = `100 * (1 - avg by (instance) (rate(node_cpu_seconds_total{job="${nodeJob}", mode="idle"}[1m])))`;

export const memoryPercent = `100 * (1 - node_memory_MemAvailable_bytes{job="${nodeJob}"} / node_memory_MemTotal_bytes)`;

export const load = `node_load1{job="${nodeJob}"}`;

/** Of the script beside the node exporter. */
export const turnAllocations = "turn_allocations";
