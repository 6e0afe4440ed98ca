import { redisRow } from "../../model/ports/internal";
import type { ServiceSpec } from "../../model/service";
import { npm } from "../lib/cli";
import { type Check, CheckFailure } from "./check";
import { execute } from "./containers";
import type { DoctorContext } from "./context";

/** Returns checks that the stack's own Redis requires the right password. Empty for an external Redis. */
export function redisChecks(context: DoctorContext): Check[] {
  const fix = `Read Redis's log: ${npm("logs", context, "redis")}`;
  const port = redisRow(context.fleet.settings).first;
  const ping = (spec: ServiceSpec, env: readonly string[]) =>
    execute(context, spec, ["redis-cli", "-p", `${port}`, "ping"], env);
  return context.specs
    .filter(({ kind }) => kind === "redis")
    .flatMap((spec) => [
      {
        title: "Redis with its password",
        service: "redis" as const,
        fix,
        run: async () => {
          const said = await ping(spec, [`REDISCLI_AUTH=${context.secrets.redisPassword}`]);
          if (/WRONGPASS|AUTH failed/.test(said)) {
            throw new CheckFailure(
              "it rejects REDIS_PASSWORD from .env",
              `Apply the value of .env: ${npm("start", context)}`,
            );
          }
          return expect(said, /PONG/, "PONG");
        },
      },
      {
        title: "Redis without a password",
        service: "redis" as const,
        fix: `Apply the stack's Redis configuration: ${npm("start", context)}`,
        run: async () => expect(await ping(spec, []), /NOAUTH/, "rejected (NOAUTH)"),
      },
    ]);
}

function expect(said: string, wanted: RegExp, detail: string): string {
  if (!wanted.test(said)) throw new CheckFailure(`it answered: ${said.trim() || "nothing"}`);
  return detail;
}
