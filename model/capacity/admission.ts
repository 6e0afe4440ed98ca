import { audioPacketsPerSecond, qualityMbps, videoPacketBytes } from "./load";
import { efficiency, sfuVcpus } from "./processor";

/** What a LiveKit server carries before it refuses further joins. */
export interface AdmissionLimits {
  /** In and out together. */
  readonly tracks: number;
  /** In and out together. */
  readonly bytesPerSecond: number;
}

/** A subscribed audio track: the cheapest one. */
const audioTrack = { packetsOutPerSecond: audioPacketsPerSecond, egressMbps: qualityMbps.audio, packetsInPerSecond: 0 };
/** A megabyte a second of sent video packets: the cheapest one. */
const videoMegabyte = { packetsOutPerSecond: 1e6 / videoPacketBytes, egressMbps: 8, packetsInPerSecond: 0 };

/**
 * Limits of a server with so many vCPUs: what it carries of the cheapest media, by the best figure. They keep an overloaded
 * server from taking more calls, and never refuse a load that fits.
 */
export function admissionLimits(vcpus: number): AdmissionLimits {
  const carried = (cost: number) => Math.floor((vcpus * efficiency.best) / cost);
  return { tracks: carried(sfuVcpus(audioTrack)), bytesPerSecond: carried(sfuVcpus(videoMegabyte) / 1e6) };
}
