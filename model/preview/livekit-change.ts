import { z } from "zod";

const configuration = { configuration: z.string() };
const fields = z.discriminatedUnion("changePolicy", [
  z.strictObject({ changePolicy: z.literal("restart"), ...configuration }),
  z.strictObject({
    changePolicy: z.literal("drain"),
    drainTimeoutSeconds: z.coerce.number().int().nonnegative(),
    /**
     * Whether the settings allow other nodes on which new rooms start. The value does not depend on whether such nodes
     * exist.
     */
    mayHaveOthers: z.stringbool({ truthy: ["true"], falsy: ["false"] }),
    ...configuration,
  }),
]);

/**
 * LiveKit's variable of the command that updates a node. The variable states how LiveKit stops for a change, and a
 * digest of LiveKit's configuration. `changePolicy` and `drainTimeoutSeconds` are named like their settings.
 */
export type LiveKitChange = z.infer<typeof fields>;

/**
 * Formats a change as one line, which a preview shows.
 * @example "changePolicy=drain drainTimeoutSeconds=1800 mayHaveOthers=false configuration=3fa9c1d2"
 */
export function formatLiveKitChange(change: LiveKitChange): string {
  return Object.entries(change)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
}

/** Parses a line of {@link formatLiveKitChange}. Undefined if the preview does not know the line yet. */
export function parseLiveKitChange(line: string): LiveKitChange | undefined {
  const pairs = line.split(" ").map((pair) => pair.split("="));
  const parsed = fields.safeParse(Object.fromEntries(pairs));
  return parsed.success ? parsed.data : parseFirstRelease(line);
}

/**
 * Parses the format of the first release: full sentences. The state of running stacks may still contain this format.
 */
function parseFirstRelease(line: string): LiveKitChange | undefined {
  const [sentence = "", configuration = ""] = line.split("; configuration ");
  if (sentence.startsWith("restarts:")) return { changePolicy: "restart", configuration };
  const seconds = /^drains: .* for up to (\d+) s,/.exec(sentence)?.[1];
  if (seconds === undefined) return undefined;
  const mayHaveOthers = sentence.startsWith("drains: new rooms go to other nodes");
  return { changePolicy: "drain", drainTimeoutSeconds: Number(seconds), mayHaveOthers, configuration };
}
