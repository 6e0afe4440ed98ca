import { Provider } from "@pulumi/aws/provider";
import { AwsSimulator } from "../../packages/aws-simulator/network/aws-simulator";
import type { AccountImage } from "../../packages/aws-simulator/network/moto";
import { fallbackProviders, simulatorProviders } from "../../scripts/toolchain/build-plugins";
import { ensureRehearsal, type RehearsalTools } from "../../scripts/toolchain/rehearsal";
import { testMachine } from "./machine";
import { type SimulatorName, simulatorNumbers } from "./numbers";
import { openStack, type TestStack } from "./provider-stack";

/** A stack on Pulumi's real engine with the simulator's AWS provider, and the simulator that only this stack uses. */
export interface SimulatedAws {
  readonly simulator: AwsSimulator;
  readonly stack: TestStack;
  /** Environment of the provider. */
  readonly environment: Readonly<Record<string, string>>;
  /** Creates the stack's provider as the production program does. */
  provider(): Provider;
  remove(): Promise<void>;
}

export const simulatedRegion = "eu-central-1";

/** @param imagesOf machine images of the account. @default the simulator's known images, none of which boots */
export async function openSimulatedAws(
  name: SimulatorName,
  imagesOf: (tools: RehearsalTools) => readonly AccountImage[] = () => [],
): Promise<SimulatedAws> {
  const tools = await ensureRehearsal(testMachine, () => {});
  const { docker, simulatorImage } = tools;
  const number = simulatorNumbers[name];
  const simulator = await AwsSimulator.start({ docker, number, image: simulatorImage }, { images: imagesOf(tools) });
  const environment = {
    ...simulator.environment,
    LIVEKIT_SIMULATOR: `${number}`,
    LIVEKIT_SIMULATOR_IMAGE: simulatorImage,
  };
  const stack = await openStack([...fallbackProviders, ...simulatorProviders], environment).catch(
    async (error: unknown) => {
      await simulator.stop();
      throw error;
    },
  );
  return {
    simulator,
    stack,
    environment,
    provider: () =>
      new Provider("aws", { region: simulatedRegion, defaultTags: { tags: { "livekit-stack": "test" } } }),
    remove: async () => {
      stack.remove();
      await simulator.stop();
    },
  };
}
