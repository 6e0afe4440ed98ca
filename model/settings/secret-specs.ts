import { text } from "./formats";
import type { KeySpec } from "./key-spec";

/** Keys that hold secrets, or belong to one. They are separate from the settings. */
export const secretSpecs = {
  apiKey: {
    type: "string",
    description: "LiveKit API key.",
    example: "--secret",
    needs: ["--secret livekit:apiSecret"],
    schema: text,
  },
  apiSecret: {
    type: "string",
    description: "LiveKit API secret, 32 characters and more.",
    example: "--secret",
    needs: ["--secret livekit:apiKey"],
    schema: text,
    secret: true,
  },
  turnSecret: {
    type: "string",
    description: "Secret that LiveKit and Coturn share for time-limited TURN credentials.",
    example: "--secret",
    schema: text,
    secret: true,
  },
  redisPassword: {
    type: "string",
    description: "Redis password.",
    example: "--secret",
    schema: text,
    secret: true,
  },
  monitoringPassword: {
    type: "string",
    description: "With monitoring: password of the user admin of Prometheus and Grafana.",
    example: "--secret",
    schema: text,
    secret: true,
  },
  previousApiKey: {
    type: "string",
    description: "API key that stays valid while applications move to a new one.",
    example: "--secret",
    needs: ["--secret livekit:previousApiSecret"],
    schema: text,
  },
  previousApiSecret: {
    type: "string",
    description: "Secret of previousApiKey.",
    example: "--secret",
    needs: ["--secret livekit:previousApiKey"],
    schema: text,
    secret: true,
  },
  previousTurnSecret: {
    type: "string",
    description: "TURN secret that stays valid while running calls end.",
    example: "--secret",
    schema: text,
    secret: true,
  },
} as const satisfies Record<string, KeySpec>;

export type SecretKey = keyof typeof secretSpecs;

export const secretKeys = Object.keys(secretSpecs) as SecretKey[];
