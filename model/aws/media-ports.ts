import { instanceType } from "../capacity/instances";
import type { MediaPorts } from "../fleet";
import { portCount, type TableRow } from "../ports/table";
import type { AwsPlan } from "./plan";

type Ports = Pick<AwsPlan, "ports" | "settings">;

/**
 * Returns the UDP ports that LiveKit is configured with. With `mediaTransport: multiMux`, LiveKit binds at most one
 * port per vCPU. With `portIngress: inUse`, the stack configures and opens only these ports.
 * @param type instance type. For a type that is not in the table of instance types, the function returns all media
 * ports
 */
export function mediaPorts({ ports: { media, iceUdp }, settings }: Ports, type: string): MediaPorts {
  const { mediaTransport, portIngress } = settings;
  if (mediaTransport === "mux") return { kind: "mux", row: "iceUdp", first: iceUdp.first, last: iceUdp.last };
  const { first, last } = media;
  if (mediaTransport === "range") return { kind: "range", row: "media", first, last };
  const vcpus = portIngress === "inUse" ? instanceType(type)?.vcpus : undefined;
  return { kind: "mux", row: "media", first, last: first + Math.min(vcpus ?? portCount(media), portCount(media)) - 1 };
}

/** Returns the port rows that are open on a node: all of them, or with `portIngress: inUse` only the ports in use. */
export function openRows(plan: Ports, type: string): readonly TableRow[] {
  const { ports, settings } = plan;
  if (settings.portIngress === "table") return Object.values(ports);
  const { row, first, last } = mediaPorts(plan, type);
  const unused = row === "media" ? "iceUdp" : "media";
  return Object.values(ports)
    .filter(({ name }) => name !== unused)
    .map((each) => (each.name === row ? { ...each, first, last } : each));
}
