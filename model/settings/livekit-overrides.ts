import type { ConfigError } from "../user-error";
import { removeCommand } from "./commands";

/** LiveKit's settings as parsed from YAML. */
export type LivekitSettings = Readonly<Record<string, unknown>>;

/**
 * Paths in livekit.yaml that the stack sets, each with the stack's key for it. All other settings can be overridden.
 * Source: `pkg/config/config.go` of LiveKit 1.13 and `pkg/rtcconfig/config.go` of mediatransportutil.
 */
const ownedPaths: Readonly<Record<string, string | undefined>> = {
  port: "livekit:ports.api",
  bind_addresses: undefined,
  prometheus: "livekit:monitoring",
  prometheus_port: "livekit:monitoring",
  debug_handler: undefined,
  development: undefined,
  webtransport: undefined,
  redis: "livekit:redis",
  keys: "livekit:apiKey",
  key_file: "livekit:apiKey",
  turn: "livekit:ports.turn",
  region: "livekit:regions",
  "node_selector.kind": "livekit:regions",
  "node_selector.regions": "livekit:regions",
  "webhook.api_key": "livekit:webhooks.apiKey",
  "webhook.urls": "livekit:webhooks.urls",
  "room.max_participants": "livekit:room.maxParticipants",
  "room.empty_timeout": "livekit:room.emptyTimeoutSeconds",
  "room.departure_timeout": "livekit:room.departureTimeoutSeconds",
  "rtc.udp_port": "livekit:mediaTransport",
  "rtc.port_range_start": "livekit:ports.media",
  "rtc.port_range_end": "livekit:ports.media",
  "rtc.tcp_port": "livekit:ports.iceTcp",
  "rtc.node_ip": "livekit:publicAddress",
  "rtc.use_external_ip": "livekit:publicAddress",
  "rtc.external_ip_only": "livekit:publicAddress",
  "rtc.advertise_internal_ip": "livekit:publicAddress",
  "rtc.skip_external_ip_validation": "livekit:publicAddress",
  "rtc.ips": "livekit:publicAddress",
  "rtc.interfaces": "livekit:publicAddress",
  "rtc.enable_loopback_candidate": undefined,
  "rtc.turn_servers": "livekit:ports.turn",
};

/** Rejects overrides of settings that the stack sets itself. */
export function overrideErrors(overrides: LivekitSettings): ConfigError[] {
  return Object.entries(ownedPaths)
    .map(([path, ownKey]) => ({ path, ownKey, value: valueAt(overrides, path.split(".")) }))
    .filter(({ value }) => value !== undefined)
    .map(({ path, ownKey }) => ({
      key: `livekit:livekitOverrides.${path}`,
      rule: `the stack sets this option itself${ownKey ? `: use ${ownKey}` : ""}`,
      fix: `Remove it with: ${removeCommand(`livekit:livekitOverrides.${path}`)}`,
    }));
}

function valueAt(settings: unknown, [first, ...rest]: readonly string[]): unknown {
  if (first === undefined) return settings;
  return isMapping(settings) && Object.hasOwn(settings, first) ? valueAt(settings[first], rest) : undefined;
}

/** Merges mappings key by key. A list or a scalar replaces the existing value. */
export function mergeOverrides(settings: LivekitSettings, overrides: LivekitSettings): LivekitSettings {
  const merged = Object.entries(overrides).map(([key, override]) => {
    const value = Object.hasOwn(settings, key) ? settings[key] : undefined;
    return [key, isMapping(value) && isMapping(override) ? mergeOverrides(value, override) : override];
  });
  return { ...settings, ...Object.fromEntries(merged) };
}

function isMapping(value: unknown): value is LivekitSettings {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
