import { text } from "./formats";
import type { KeySpec } from "./key-spec";

/**
 * Configuration keys for secrets, and for the LiveKit API keys that belong to the API secrets. All other configuration
 * keys are settings.
 */
export const secretSpecs = {
  apiKey: {
    type: "string",
    description: "LiveKit API key. Applications sign join tokens with it and `apiSecret`.",
    example: "--secret",
    needs: ["--secret livekit:apiSecret"],
    schema: text,
  },
  apiSecret: {
    type: "string",
    description: "Secret of `apiKey`. At least 32 characters.",
    example: "--secret",
    needs: ["--secret livekit:apiKey"],
    schema: text,
    secret: true,
  },
  turnSecret: {
    type: "string",
    description: "Secret that LiveKit and Coturn share for time-limited TURN credentials. At least 32 characters.",
    example: "--secret",
    schema: text,
    secret: true,
  },
  redisPassword: {
    type: "string",
    description: "Password of Redis. At least 32 characters, unless `redis.mode` is `external`.",
    example: "--secret",
    schema: text,
    secret: true,
  },
  monitoringPassword: {
    type: "string",
    description:
      "Password of the user `admin` in Prometheus and Grafana of a local stack with `monitoring`. At least 32 characters.",
    example: "--secret",
    schema: text,
    secret: true,
  },
  previousApiKey: {
    type: "string",
    description: "Previous API key. It stays valid during a rotation, while applications switch to the new one.",
    example: "--secret",
    needs: ["--secret livekit:previousApiSecret"],
    schema: text,
  },
  previousApiSecret: {
    type: "string",
    description: "Secret of `previousApiKey`. At least 32 characters.",
    example: "--secret",
    needs: ["--secret livekit:previousApiKey"],
    schema: text,
    secret: true,
  },
  previousTurnSecret: {
    type: "string",
    description:
      "Previous TURN secret. It stays valid during a rotation, while running calls end. At least 32 characters.",
    example: "--secret",
    schema: text,
    secret: true,
  },
} as const satisfies Record<string, KeySpec>;

export type SecretKey = keyof typeof secretSpecs;

export const secretKeys = Object.keys(secretSpecs) as SecretKey[];
