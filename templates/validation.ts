import type { Fleet, FleetNode } from "../model/fleet";
import { configFolder, type Validation } from "../model/service";
import { envNames } from "../model/settings/secrets";

const livekitConfig = ["--config", `${configFolder}/livekit.yaml`];

/**
 * Returns the validations of LiveKit: its parser reads the file, and an external Redis must answer, because LiveKit
 * does not start without it.
 */
export function livekitValidations({ redis }: Fleet): Validation[] {
  const parsed: Validation = {
    command: [...livekitConfig, "ports"],
    accepts: "TCP Ports",
    fix: "Correct livekit:livekitOverrides, or remove it with: pulumi config rm livekit:livekitOverrides",
  };
  if (redis === undefined) return [parsed];
  const [member, example] = redis.sentinel ? ["sentinelAddresses[0]", "HOST:26379"] : ["address", "HOST:6379"];
  const reached: Validation = {
    command: [...livekitConfig, "list-nodes"],
    accepts: "IP Address",
    isOnline: true,
    fix: `Start the Redis at ${redis.addresses.join(", ")}, correct ${envNames.redisPassword} in .env, or correct livekit:redis, as with: pulumi config set --path 'livekit:redis.${member}' ${example}`,
  };
  return [parsed, reached];
}

/**
 * Returns the command for `nginx -t`. On a bridge, it maps upstream names to a dummy address, because the upstream
 * containers have no address yet.
 */
export function nginxValidation({ network, servers }: FleetNode): Validation {
  return {
    command: ["-t", "-c", `${configFolder}/nginx.conf`],
    accepts: "test is successful",
    names: network === "bridge" ? ["coturn", ...servers.map(({ name }) => name)] : [],
    fix: "Correct livekit:images.nginx where it names an image of your own; see it with: pulumi config get --path livekit:images",
  };
}
