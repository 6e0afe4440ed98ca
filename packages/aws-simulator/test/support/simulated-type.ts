import { type SimulatedAws, simulatedRegion } from "../../../../test/support/simulated-aws";
import { type Call, check } from "../../../provider-kit/resource-type";
import type { Properties } from "../../../provider-kit/values";
import { configure } from "../../provider/account";
import { ec2Types } from "../../provider/ec2/types";
import { asResource } from "../../provider/resource";
import { serviceTypes } from "../../provider/services/types";

/** Sets the environment variables and configuration of the provider in this process. */
export function meetAccount({ environment }: SimulatedAws): void {
  Object.assign(process.env, environment);
  configure({ region: simulatedRegion });
}

/**
 * Manages resources of a type as the provider does, in this process and without Pulumi's engine. Call {@link
 * meetAccount} first.
 */
export function simulatedType(token: string) {
  const found = [...ec2Types, ...serviceTypes].find((type) => type.token === token);
  if (!found) throw new Error(`no type is called ${token}`);
  const type = asResource(found);
  const call = (signal: AbortSignal): Call => ({ urn: "urn", name: "test", signal, log: () => undefined });
  const never = new AbortController().signal;
  return {
    /** Creates a resource and returns its id. @throws Error if the provider rejects it or fails to create it */
    async create(given: Properties, signal = never): Promise<string> {
      const { inputs, failures } = check(type, given, "aws 1.0.0");
      if (failures.length > 0) throw new Error(failures.join("\n"));
      return (await type.create(inputs, call(signal))).id;
    },
    update: (id: string, inputs: Properties, state: Properties) => type.update?.(id, inputs, state, call(never)),
    read: (id: string, state: Properties) => type.read?.(id, state, call(never)),
    remove: (id: string, state: Properties) => type.delete(id, state, call(never)),
  };
}
