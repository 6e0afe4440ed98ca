import { instanceType } from "../capacity/instances";
import type { MediaPorts } from "../fleet";
import { type PortName, type PortRow, portCount, portNames } from "../ports/table";
import type { AwsPlan } from "./plan";

type Ports = Pick<AwsPlan, "ports" | "settings">;

/**
 * Returns the UDP ports that LiveKit is configured with. With `multiMux` it binds at most one per vCPU, so
 * `portIngress: inUse` configures no more than that.
 * @param type instance type; a type that the table does not have gets the whole row
 */
export function mediaPorts({ ports: { media, iceUdp }, settings }: Ports, type: string): MediaPorts {
  const { mediaTransport, portIngress } = settings;
  if (mediaTransport === "mux") return { kind: "mux", first: iceUdp.first, last: iceUdp.last };
  const { first, last } = media;
  if (mediaTransport === "range") return { kind: "range", first, last };
  const vcpus = portIngress === "inUse" ? instanceType(type)?.vcpus : undefined;
  return { kind: "mux", first, last: first + Math.min(vcpus ?? portCount(media), portCount(media)) - 1 };
}

/** Returns the port rows that are open on a node: all of them, or with `portIngress: inUse` only the ports in use. */
export function openRows(plan: Ports, type: string): readonly (readonly [PortName, PortRow])[] {
  const { ports, settings } = plan;
  const rows = portNames.map((name) => [name, ports[name]] as const);
  if (settings.portIngress === "table") return rows;
  const [used, unused] =
    settings.mediaTransport === "mux" ? (["iceUdp", "media"] as const) : (["media", "iceUdp"] as const);
  const { first, last } = mediaPorts(plan, type);
  return rows.flatMap(([name, row]) =>
    name === unused ? [] : [[name, name === used ? { ...row, first, last } : row]],
  );
}
