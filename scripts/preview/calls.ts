import type { CallEvent, CallRisk, LiveKitStop } from "../../model/preview/calls";

/** A risk to calls, with a description: a phrase without a full stop, to show after the node's name. */
export interface DescribedRisk extends CallRisk {
  readonly description: string;
}

export function describeRisk(risk: CallRisk): DescribedRisk {
  return { ...risk, description: describeEvent(risk.event) };
}

function describeEvent(event: CallEvent): string {
  switch (event.service) {
    case "livekit":
      return `LiveKit ${describeStop(event.stop)}${event.instance ? afterStop[event.instance] : ""}`;
    case "coturn":
      return event.drains
        ? "Coturn restarts once its relayed calls have ended, or at the deadline"
        : "Coturn restarts: relayed media is cut and connects again";
    case "nginx":
      return "nginx restarts: signalling is cut and connects again, media goes on";
    case "livekit-redis":
      return "Redis restarts: no joins until it is back, media goes on";
  }
}

const afterStop = {
  replaced: "; then the node is away until another instance serves",
  deleted: "; then the node goes for good",
} as const;

function describeStop(stop: LiveKitStop): string {
  switch (stop.how) {
    case "restart":
      return "restarts: running calls are cut and rejoin";
    case "unknown":
      return "ends: what becomes of its calls is not known yet";
    case "drain": {
      const rooms = stop.newRooms === "none" ? "no new rooms" : "new rooms go to other nodes";
      return `drains: ${rooms} for up to ${stop.timeoutSeconds} s, running calls go on that long`;
    }
  }
}
