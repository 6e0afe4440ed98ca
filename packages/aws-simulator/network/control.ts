import type Dockerode from "dockerode";
import { run } from "./containers";
import type { Change } from "./reconciler";
import { controlSocket, type SimulatorState } from "./state";

const curl = ["curl", "--silent", "--show-error", "--fail-with-body", "--unix-socket", controlSocket];

/**
 * Sends a change to the gateway and waits until it is applied. Returns the gateway's message.
 * @throws the gateway's message if it rejects the change
 */
export function sendChange(gateway: Dockerode.Container, change: Change): Promise<string> {
  return run(gateway, [...curl, "--data-raw", JSON.stringify(change), "http://gateway/change"]);
}

/** Returns the state registered with the gateway. */
export async function ask(gateway: Dockerode.Container): Promise<SimulatorState> {
  return JSON.parse(await run(gateway, [...curl, "http://gateway/state"]));
}
