import { turnCredentials } from "../../model/credentials";
import { npm } from "../lib/cli";
import { TurnErrorResponse, tryAllocation } from "./allocation";
import { type Check, CheckFailure } from "./check";
import type { DoctorContext } from "./context";

/** Lifetime of the credentials. It is short, so that leaked ones do little harm. */
const ttlSeconds = 60;

/**
 * Returns a check of two facts: Coturn accepts credentials made from the TURN secret, and the relay address that it
 * allocates is the node's public address.
 */
export function turnCheck(context: DoctorContext): Check {
  const { fleet, node, secrets } = context;
  return {
    title: "TURN credentials",
    service: "coturn",
    fix: `Read Coturn's log: ${npm("logs", context, "coturn")}`,
    run: async (signal) => {
      const credentials = turnCredentials("doctor", secrets.turnSecrets[0], ttlSeconds);
      const relayed = await tryAllocation(node.publicAddress, fleet.ports.turn.first, credentials, signal).catch(
        (error: unknown) => {
          throw error instanceof TurnErrorResponse ? userError(context, error) : error;
        },
      );
      if (relayed !== node.publicAddress) {
        throw new CheckFailure(
          `the relay allocates at ${relayed}, but this machine is reached at ${node.publicAddress}`,
          `Recreate Coturn with this address: ${npm("start", context)}`,
        );
      }
      return `accepted, relay address ${relayed}`;
    },
  };
}

function userError(context: DoctorContext, { code, message }: TurnErrorResponse): CheckFailure {
  if (code === 401) {
    return new CheckFailure(
      `${message}: Coturn's TURN_SECRET differs from .env`,
      `Apply the value of .env: ${npm("start", context)}`,
    );
  }
  return new CheckFailure(message);
}
