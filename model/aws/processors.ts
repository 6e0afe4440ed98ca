export type Architecture = "x86_64" | "arm64";

/**
 * Returns the processor architecture of an instance type. Graviton families have a `g` after the generation number (AWS
 * naming conventions of instance types).
 */
export function architectureOf(instanceType: string): Architecture {
  return /^([a-z]+\d+g|a1\.)/.test(instanceType) ? "arm64" : "x86_64";
}
