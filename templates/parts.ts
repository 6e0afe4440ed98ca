import { configFolder, type ServiceFile } from "../model/service";

/** Seconds Docker waits for a service that has no calls to lose. */
export const quickStopSeconds = 10;

/** A file of a service, named below its folder. */
export function file(name: string, content: string): ServiceFile {
  return { path: `${configFolder}/${name}`, content };
}

export function shell(script: string): string[] {
  return ["sh", "-c", script];
}
