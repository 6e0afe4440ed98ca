import { configFolder, type FileInputs, type ServiceFile } from "../model/service";

/** Seconds that Docker waits for a service to stop if it has no calls to lose. */
export const quickStopSeconds = 10;

/** Returns a service's file. `name` is relative to the service's folder. */
export function file(name: string, render: (inputs: FileInputs) => string): ServiceFile {
  return { path: `${configFolder}/${name}`, render };
}

export function shell(script: string): string[] {
  return ["sh", "-c", script];
}
