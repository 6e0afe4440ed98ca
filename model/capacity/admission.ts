import { audioPacketsPerSecond, qualityMbps, videoPacketBytes } from "./load";
import { efficiency, sfuVcpus } from "./processor";

/** Load at which a LiveKit server rejects further joins. */
export interface AdmissionLimits {
  /** Number of received and sent tracks together. */
  readonly tracks: number;
  /** Received and sent bytes together. */
  readonly bytesPerSecond: number;
}

/** Load of a subscribed audio track, the cheapest kind of track. */
const audioTrack = { packetsOutPerSecond: audioPacketsPerSecond, egressMbps: qualityMbps.audio, packetsInPerSecond: 0 };
/** Load of one megabyte per second of sent video packets, the cheapest kind of traffic. */
const videoMegabyte = { packetsOutPerSecond: 1e6 / videoPacketBytes, egressMbps: 8, packetsInPerSecond: 0 };

/**
 * Returns the admission limits of a server with this number of vCPUs: the highest load of the cheapest media that the
 * server could carry at the best efficiency. The limits keep an overloaded server from accepting more calls, and never
 * reject a load that fits.
 */
export function admissionLimits(vcpus: number): AdmissionLimits {
  const carried = (cost: number) => Math.floor((vcpus * efficiency.best) / cost);
  return { tracks: carried(sfuVcpus(audioTrack)), bytesPerSecond: carried(sfuVcpus(videoMegabyte) / 1e6) };
}
