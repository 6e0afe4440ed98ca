export type Architecture = "x86_64" | "arm64";

/** The processor of an instance type: Graviton families have a `g` behind their generation (AWS's naming of types). */
export function architectureOf(instanceType: string): Architecture {
  return /^([a-z]+\d+g|a1\.)/.test(instanceType) ? "arm64" : "x86_64";
}
