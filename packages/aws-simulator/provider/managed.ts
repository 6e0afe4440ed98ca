import type { z } from "zod";
import { required } from "../../provider-kit/required";
import { type Call, defineType, type Inputs, type ResourceType } from "../../provider-kit/resource-type";
import type { Properties } from "../../provider-kit/values";
import { defaultRegion } from "./account";
import { orGone } from "./clients";

type Described<Shape extends z.ZodRawShape> = Omit<ResourceType<Shape>, "create" | "read" | "update" | "delete">;

/**
 * A resource type, defined by its calls. `replaceOn` and ids match the official provider: `ForceNew`, `RequiresReplace`
 * and `SetId` in `internal/service/<service>` of github.com/hashicorp/terraform-provider-aws, which Pulumi's provider
 * is built from. Pulumi deletes resources with explicit names before it creates their replacement
 * (`nameRequiresDeleteBeforeReplace` of its bridge).
 */
export interface Calls<Shape extends z.ZodRawShape> extends Described<Shape> {
  /** Creates the resource and returns the id that AWS gave it. Further calls belong in `set`. */
  make(inputs: Inputs<Shape>, call: Call): Promise<string | undefined>;
  /**
   * Applies the inputs to an existing resource. `before` is the resource's previous state; undefined right after
   * `make`. A type without `set` has no input that can change in place.
   */
  set?(id: string, inputs: Inputs<Shape>, before: Properties | undefined, call: Call): Promise<void>;
  /**
   * Returns the resource's properties from AWS, without `region`. Properties that AWS doesn't have are undefined.
   * Inputs that AWS doesn't return keep their known values. Returns undefined, or throws AWS's error, if the resource
   * doesn't exist.
   * @param known the resource's inputs or state; empty on import
   */
  find(id: string, region: string, known: Properties, call: Call): Promise<Properties | undefined>;
  /** Removes the resource. It may already be gone. */
  remove(id: string, region: string, state: Properties, call: Call): Promise<unknown>;
}

/** Defines a resource type. If a create fails, removes what it created, so that the next attempt starts clean. */
export function managed<Shape extends z.ZodRawShape>({ make, set, find, remove, ...type }: Calls<Shape>): ResourceType {
  const look = async (id: string, known: Properties, call: Call) => {
    const region = regionOf(known);
    const found = await orGone(find(id, region, known, call));
    return found && { ...known, ...("region" in type.inputs && { region }), ...found };
  };
  const takeBack = async (id: string, inputs: Properties, call: Call, cause: Error) => {
    try {
      await orGone(remove(id, regionOf(inputs), inputs, call));
    } catch (error) {
      cause.message += `\n${id} was made by then and could not be removed, remove it yourself: ${(error as Error).message}`;
    }
  };
  return defineType<Shape>({
    ...(type as Described<Shape>),
    async create(inputs, call) {
      const id = required(await make(inputs, call), `id of ${type.token}`);
      try {
        await set?.(id, inputs, undefined, call);
        const outputs = (await look(id, inputs, call)) ?? inputs;
        // After an interrupt, Pulumi's engine would not record the resource, so this throws to remove it.
        call.signal.throwIfAborted();
        return { id, outputs };
      } catch (error) {
        await takeBack(id, inputs, call, error as Error);
        throw error;
      }
    },
    async read(id, state, call) {
      const outputs = await look(id, state, call);
      return outputs && { id, outputs };
    },
    ...(set && {
      async update(id: string, inputs: Inputs<Shape>, state: Properties, call: Call) {
        await set(id, inputs, state, call);
        return (await look(id, inputs, call)) ?? inputs;
      },
    }),
    async delete(id, state, call) {
      await orGone(remove(id, regionOf(state), state, call));
    },
  });
}

function regionOf({ region }: Properties): string {
  return typeof region === "string" ? region : defaultRegion();
}
