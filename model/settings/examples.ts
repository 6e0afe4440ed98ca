import { z } from "zod";
import { officialImages, type ServiceKind } from "../images";
import { defaultPorts, formatPorts, type PortName } from "../ports/table";
import { type KeyName, keySpecs } from "./schema";

/** Returns an example value for a member of a key, as text for a command. Undefined if there is no such member. */
export function exampleAt(name: KeyName, path: readonly PropertyKey[]): string | undefined {
  const member = String(path[0]);
  if (name === "ports") return formatPorts(defaultPorts[member as PortName]);
  if (name === "images") {
    const { repository, tag } = officialImages[member as ServiceKind];
    return `${repository}:${tag}`;
  }
  const schema = path.reduce<z.ZodType | undefined>(memberOf, keySpecs[name].schema);
  return schema && exampleOf(schema);
}

function memberOf(schema: z.ZodType | undefined, part: PropertyKey): z.ZodType | undefined {
  if (schema instanceof z.ZodObject) return required((schema.shape as Record<PropertyKey, z.ZodType>)[part]);
  if (schema instanceof z.ZodArray) return schema.element as z.ZodType;
  return schema instanceof z.ZodRecord ? (schema.valueType as z.ZodType) : undefined;
}

function required(schema: z.ZodType | undefined): z.ZodType | undefined {
  return schema instanceof z.ZodOptional ? (schema.unwrap() as z.ZodType) : schema;
}

function exampleOf(schema: z.ZodType): string | undefined {
  if (schema instanceof z.ZodEnum) return String(schema.options[0]);
  const [example] = (schema.meta()?.["examples"] ?? []) as unknown[];
  return example === undefined ? undefined : String(example);
}
