import type { EC2Client } from "@aws-sdk/client-ec2";
import type { Call, Inputs, ResourceType } from "../../plugin/resource-type";
import { defineType } from "../../plugin/resource-type";
import type { Properties } from "../../plugin/values";
import { defaultRegion } from "../account";
import { orGone } from "../clients";
import type { regional } from "../resource";
import { changeTags, ec2 } from "./client";

/** What a type takes from the frame as it is. */
type Described<Shape extends Regional> = Pick<
  ResourceType<Shape>,
  | "token"
  | "inputs"
  | "replaceOn"
  | "replaceIf"
  | "computed"
  | "unordered"
  | "autoName"
  | "deleteBeforeReplace"
  | "validate"
>;

type Regional = Readonly<typeof regional> & Readonly<Record<string, ResourceType["inputs"][string]>>;

/** One type of EC2's: what is its own of how it is made, found, changed and removed. The rest is alike for all. */
export interface Ec2Type<Shape extends Regional> extends Described<Shape> {
  /** Inputs that AWS keeps no word of: they are as the program gave them. */
  readonly untold?: readonly (keyof Shape & string)[];
  /** Makes it, with its tags, and returns its id. */
  make(client: EC2Client, wanted: Inputs<Shape>, call: Call): Promise<string>;
  /**
   * Brings what is there to what is wanted, but for its tags: after it was made, and when the program changes it.
   * @param state what was there before the change; undefined after it was made
   */
  settle?(
    client: EC2Client,
    id: string,
    wanted: Inputs<Shape>,
    state: Known<Shape> | undefined,
    call: Call,
  ): Promise<void>;
  /** What is there now, undefined where nothing is. */
  find(client: EC2Client, id: string, known: Known<Shape>, call: Call): Promise<Properties | undefined>;
  remove(client: EC2Client, id: string, state: Known<Shape>, call: Call): Promise<unknown>;
}

/** What is known of a resource beside its id: its inputs, or its state. Nothing on import. */
export type Known<Shape extends Regional> = Partial<Inputs<Shape>>;

/** A resource whose making fails after it is there is taken back, so that the next update does not make it twice. */
export function ec2Type<Shape extends Regional>(type: Ec2Type<Shape>): ResourceType {
  const { make, settle, find, remove, untold = [], ...described } = type;
  const clientOf = ({ region }: Properties) => ec2(region as string | undefined);

  const outputsOf = async (id: string, known: Properties, call: Call): Promise<Properties | undefined> => {
    const found = await orGone(find(clientOf(known), id, known as Known<Shape>, call));
    const kept = Object.fromEntries(untold.map((name) => [name, known[name]]));
    return found && { id, region: known["region"] ?? defaultRegion(), ...kept, ...found };
  };

  return defineType<Shape>({
    ...described,
    async create(wanted, call) {
      const client = clientOf(wanted);
      const id = await make(client, wanted, call);
      try {
        await settle?.(client, id, wanted, undefined, call);
        call.signal.throwIfAborted(); // Nobody would hear of it.
        return { id, outputs: (await outputsOf(id, wanted, call)) ?? {} };
      } catch (error) {
        await takeBack(() => remove(client, id, wanted, call), error as Error);
        throw error;
      }
    },
    async read(id, state, call) {
      const outputs = await outputsOf(id, state, call);
      return outputs && { id, outputs };
    },
    async update(id, wanted, state, call) {
      await settle?.(clientOf(wanted), id, wanted, state as Known<Shape>, call);
      if ("tagsAll" in type.inputs)
        await changeTags(clientOf(wanted), id, (wanted as Properties)["tagsAll"] as Tags, state);
      return (await outputsOf(id, wanted, call)) ?? {};
    },
    async delete(id, state, call) {
      await orGone(remove(clientOf(state), id, state as Known<Shape>, call));
    },
  });
}

type Tags = Readonly<Record<string, string>> | undefined;

async function takeBack(remove: () => Promise<unknown>, failure: Error): Promise<void> {
  try {
    await orGone(remove());
  } catch (error) {
    failure.message += `; and what was made of it could not be taken back: ${(error as Error).message}`;
  }
}
