import type { EC2Client } from "@aws-sdk/client-ec2";
import type { Call, Inputs, ResourceType } from "../../../provider-kit/resource-type";
import type { Properties } from "../../../provider-kit/values";
import { type Calls, managed } from "../managed";
import type { regional } from "../resource";
import { changeTags, ec2 } from "./client";

type Regional = Readonly<typeof regional> & Readonly<Record<string, ResourceType["inputs"][string]>>;

/** A resource's known inputs or state; empty on import. */
export type Known<Shape extends Regional> = Partial<Inputs<Shape>>;

/** A resource type whose calls receive the EC2 client of the resource's region. */
export interface Ec2Type<Shape extends Regional> extends Omit<Calls<Shape>, "make" | "set" | "find" | "remove"> {
  /** Creates the resource with its tags and returns its id. */
  make(client: EC2Client, wanted: Inputs<Shape>, call: Call): Promise<string | undefined>;
  /**
   * Updates the resource to the wanted inputs, except tags. Called after creation and on updates.
   * @param state the state before the change; undefined after creation
   */
  configure?(
    client: EC2Client,
    id: string,
    wanted: Inputs<Shape>,
    state: Known<Shape> | undefined,
    call: Call,
  ): Promise<void>;
  find(client: EC2Client, id: string, known: Known<Shape>, call: Call): Promise<Properties | undefined>;
  remove(client: EC2Client, id: string, state: Known<Shape>, call: Call): Promise<unknown>;
}

/** Defines an EC2 resource type. All EC2 types update tags in the same way. */
export function ec2Type<Shape extends Regional>(type: Ec2Type<Shape>): ResourceType {
  const { make, configure, find, remove, ...described } = type;
  return managed<Shape>({
    ...(described as Omit<Calls<Shape>, "make" | "find" | "remove">),
    make: (wanted, call) => make(clientOf(wanted), wanted, call),
    async set(id, wanted, before, call) {
      const client = clientOf(wanted);
      await configure?.(client, id, wanted, before as Known<Shape> | undefined, call);
      if (before && "tagsAll" in type.inputs) await changeTags(client, id, (wanted as Properties)["tagsAll"], before);
    },
    async find(id, region, known, call) {
      const found = await find(ec2(region), id, known as Known<Shape>, call);
      return found && { id, ...found };
    },
    remove: (id, region, state, call) => remove(ec2(region), id, state as Known<Shape>, call),
  });
}

function clientOf({ region }: Properties): EC2Client {
  return ec2(region as string);
}
