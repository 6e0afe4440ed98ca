import { isAbsolute } from "node:path";
import { z } from "zod";
import { labelSet } from "../../provider-kit/docker";
import type { Inputs } from "../../provider-kit/resource-type";
import { formatDuration, parseDuration } from "./duration";

const strings = z.array(z.string());
const whole = z.number().int().nonnegative();

/** Docker reports capabilities with the CAP_ prefix; without it, a refresh would show a change. */
const capabilities = z.array(
  z.string().regex(/^(ALL|CAP_[A-Z_]+)$/, "must be ALL or begin with CAP_, as the engine reports it"),
);

/** The official plugin stores durations as Docker reports them; other notations would always show a difference. */
const duration = z
  .string()
  .default("0s")
  .superRefine((text, context) => {
    const written = formatDuration(parseDuration(text));
    if (written !== text)
      context.addIssue({ code: "custom", message: `must be a duration as Go writes it, ${written}` });
  });

/** The inputs of the official plugin's container that this project uses, with the same names and defaults. */
export const containerInputs = {
  name: z.string(),
  image: z.string(),
  command: strings.optional(),
  entrypoints: strings.optional(),
  user: z.string().optional(),
  groupAdds: strings.optional(),
  readOnly: z.boolean().optional(),
  init: z.boolean().optional(),
  restart: z.enum(["no", "on-failure", "always", "unless-stopped"]).default("no"),
  networkMode: z.string().default("bridge"),
  networksAdvanced: z.array(z.strictObject({ name: z.string(), aliases: strings.optional() })).optional(),
  ports: z
    .array(
      z.strictObject({
        internal: whole,
        external: whole.optional(),
        ip: z.string().default("0.0.0.0"),
        protocol: z.string().default("tcp"),
      }),
    )
    .optional(),
  hosts: z.array(z.strictObject({ host: z.string(), ip: z.string() })).optional(),
  volumes: z
    .array(
      z.strictObject({
        containerPath: z.string().optional(),
        volumeName: z.string().optional(),
        fromContainer: z.string().optional(),
        readOnly: z.boolean().optional(),
      }),
    )
    .optional(),
  tmpfs: z.record(z.string(), z.string()).optional(),
  uploads: z
    .array(
      z.strictObject({
        file: z.string().startsWith("/", "must be an absolute path"),
        content: z.string().min(1, "must not be empty: the official plugin rejects that").optional(),
        // A path on the host; `file` is the path in the container.
        source: z.string().refine(isAbsolute, "must be an absolute path").optional(),
        permissions: z
          .string()
          .regex(/^0[0-7]{3}$/, "must be four octal digits, e.g. 0640")
          .optional(),
      }),
    )
    .optional(),
  capabilities: z.strictObject({ adds: capabilities.optional(), drops: capabilities.optional() }).optional(),
  securityOpts: strings.optional(),
  ulimits: z.array(z.strictObject({ name: z.string(), soft: z.number().int(), hard: z.number().int() })).optional(),
  sysctls: z.record(z.string(), z.string()).optional(),
  memory: whole.optional(),
  memorySwap: z.number().int().min(-1).optional(),
  healthcheck: z
    .strictObject({
      tests: strings,
      interval: duration,
      timeout: duration,
      startPeriod: duration,
      startInterval: duration,
      retries: whole.optional(),
    })
    .optional(),
  logDriver: z.string().optional(),
  logOpts: z.record(z.string(), z.string()).optional(),
  labels: labelSet,
  stopSignal: z.string().optional(),
  stopTimeout: whole.optional(),
  destroyGraceSeconds: whole.optional(),
  start: z.boolean().default(true),
  mustRun: z.boolean().default(true),
  wait: z.boolean().optional(),
  waitTimeout: whole.default(60),
  removeVolumes: z.boolean().default(true),
};

export type ContainerInputs = Inputs<typeof containerInputs>;

/** Inputs that Docker can change on a running container. */
const changeable = ["restart", "memory", "memorySwap", "mustRun"] as const;

/** Inputs that only affect how the container is created or removed. */
const stateOnly = ["start", "wait", "waitTimeout", "removeVolumes", "destroyGraceSeconds"] as const;

/**
 * Inputs whose changes have no effect on an existing container. The official plugin only stores them: they have no
 * `ForceNew`, and its update ignores them.
 */
export const silentlyIgnored = ["healthcheck", "tmpfs", "init"] as const;

/** Inputs with `ForceNew` in the official plugin's `resource_docker_container.go`: all others. */
export const containerReplaceOn = (Object.keys(containerInputs) as (keyof ContainerInputs)[]).filter(
  (name) => ![...changeable, ...stateOnly, ...silentlyIgnored].some((other) => other === name),
);

/**
 * Inputs that are `Optional` and `Computed` in the official plugin, and `user`, whose `DiffSuppressFunc` ignores its
 * removal.
 */
export const containerKept = [
  "command",
  "entrypoints",
  "healthcheck",
  "init",
  "labels",
  "logDriver",
  "securityOpts",
  "stopSignal",
  "stopTimeout",
  "user",
] as const;

/** The optional and computed inputs that are a `TypeSet`: an unknown value makes no diff, and so no replacement. */
export const containerKeptWhenUnknown = ["labels", "securityOpts"] as const;

/** Inputs that are a `TypeSet` in the official plugin, and `ports`, whose `DiffSuppressFunc` ignores the order. */
export const containerUnordered = [
  "adds",
  "aliases",
  "drops",
  "groupAdds",
  "hosts",
  "labels",
  "networksAdvanced",
  "ports",
  "securityOpts",
  "ulimits",
  "uploads",
  "volumes",
];

/** Returns errors for combinations that make the official plugin fail or show a difference forever. */
export function validateContainer(inputs: ContainerInputs): string[] {
  const failures: string[] = [];
  if (inputs.readOnly && inputs.uploads?.length) {
    failures.push(
      "uploads: the engine lets no plugin copy files into a container with readOnly, not even into its volumes. " +
        "Upload them to a volume of another container with start: false and mustRun: false, and mount it here with volumes: [{ fromContainer }]",
    );
  }
  if (inputs.memory && inputs.memorySwap === undefined) {
    failures.push(
      `memorySwap: left out, the engine sets it to twice the memory, and the official plugin plans that difference for ever. Set memorySwap: ${2 * inputs.memory}`,
    );
  }
  if (inputs.uploads?.some(({ content, source }) => Boolean(content) === Boolean(source))) {
    failures.push("uploads: each needs either content or source");
  }
  if (inputs.volumes?.some(({ containerPath, fromContainer }) => Boolean(containerPath) === Boolean(fromContainer))) {
    failures.push("volumes: each needs either containerPath or fromContainer");
  }
  return failures;
}
