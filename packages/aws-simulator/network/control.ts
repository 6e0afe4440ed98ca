import type Dockerode from "dockerode";
import { run } from "./containers";
import type { Change } from "./reconciler";
import { controlSocket, type SimulatorState } from "./state";

const curl = ["curl", "--silent", "--show-error", "--fail-with-body", "--unix-socket", controlSocket];

/**
 * Makes the gateway know a change; packets meet it when this returns, with what there is to say of it.
 * @throws what the gateway says where it refuses
 */
export function tell(gateway: Dockerode.Container, change: Change): Promise<string> {
  return run(gateway, [...curl, "--data-raw", JSON.stringify(change), "http://gateway/change"]);
}

/** What the gateway was told. */
export async function ask(gateway: Dockerode.Container): Promise<SimulatorState> {
  return JSON.parse(await run(gateway, [...curl, "http://gateway/state"]));
}
