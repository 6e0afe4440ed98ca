import type { z } from "zod";
import { type Call, defineType, type Inputs, type ResourceType } from "../../provider-kit/resource-type";
import type { Properties } from "../../provider-kit/values";
import { defaultRegion } from "./account";
import { orGone } from "./clients";

type Described<Shape extends z.ZodRawShape> = Omit<ResourceType<Shape>, "create" | "read" | "update" | "delete">;

/**
 * A resource type by its calls. `replaceOn` and ids are those of the official provider: `ForceNew`, `RequiresReplace` and
 * `SetId` in `internal/service/<service>` of github.com/hashicorp/terraform-provider-aws, which Pulumi's is made of. Pulumi
 * deletes what has a name of the program's before its replacement is made (`nameRequiresDeleteBeforeReplace` of its bridge).
 */
export interface Calls<Shape extends z.ZodRawShape> extends Described<Shape> {
  /** Makes it, and gives its id. What takes further calls belongs into `set`. */
  make(inputs: Inputs<Shape>, call: Call): Promise<string>;
  /** Makes it what its inputs say. `before` is its state, absent where it was just made. Absent: nothing can change. */
  set?(id: string, inputs: Inputs<Shape>, before: Properties | undefined, call: Call): Promise<void>;
  /**
   * All that AWS tells of it beside its region, members undefined that it does not have. Nothing, or AWS's error, where it is
   * gone. Inputs that AWS keeps no word of stay as they are known.
   * @param known its inputs or state; empty on import
   */
  find(id: string, region: string, known: Properties, call: Call): Promise<Properties | undefined>;
  /** Removes it. That it is gone already is fine. */
  remove(id: string, region: string, state: Properties, call: Call): Promise<unknown>;
}

/** One type of the table. What a create has made when it fails is taken back, so that the next one starts afresh. */
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
      const id = await make(inputs, call);
      try {
        await set?.(id, inputs, undefined, call);
        const outputs = (await look(id, inputs, call)) ?? inputs;
        // Nobody would hear of it.
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
