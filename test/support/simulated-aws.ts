import { Provider } from "@pulumi/aws/provider";
import { Ground } from "../../providers/aws/ground/ground";
import type { AccountImage } from "../../providers/aws/ground/simulator";
import { fallbackProviders, simulatorProviders } from "../../providers/build";
import { ensureRehearsal, type RehearsalTools } from "../../scripts/tools/rehearsal";
import { openStack, type TestStack } from "../integration/providers/support";
import { testMachine } from "./machine";
import { type SimulatorName, simulatorNumbers } from "./numbers";

/** A stack on the real engine whose resources the stand-in of the AWS plugin makes on a ground of its own. */
export interface SimulatedAws {
  readonly ground: Ground;
  readonly stack: TestStack;
  /** In which the plugin runs. */
  readonly environment: Readonly<Record<string, string>>;
  /** The stack's provider, as the production program makes it. */
  provider(): Provider;
  remove(): Promise<void>;
}

export const simulatedRegion = "eu-central-1";

/** The environment by which programs of this machine, the plugin too, find the simulated account. */
export function accountOf({ awsEndpointUrl }: Pick<Ground, "awsEndpointUrl">): Record<string, string> {
  return { AWS_ENDPOINT_URL: awsEndpointUrl, AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };
}

/** @param imagesOf machine images of the account. @default those that the simulator knows, none of which boots */
export async function openSimulatedAws(
  name: SimulatorName,
  imagesOf: (tools: RehearsalTools) => readonly AccountImage[] = () => [],
): Promise<SimulatedAws> {
  const tools = await ensureRehearsal(testMachine, () => {});
  const { docker, cloudImage } = tools;
  const number = simulatorNumbers[name];
  const ground = await Ground.start({ docker, number, image: cloudImage }, { images: imagesOf(tools) });
  const environment = { ...accountOf(ground), LIVEKIT_GROUND: `${number}`, LIVEKIT_GROUND_IMAGE: cloudImage };
  const stack = await openStack([...fallbackProviders, ...simulatorProviders], environment).catch(
    async (error: unknown) => {
      await ground.stop();
      throw error;
    },
  );
  return {
    ground,
    stack,
    environment,
    provider: () =>
      new Provider("aws", { region: simulatedRegion, defaultTags: { tags: { "livekit-stack": "test" } } }),
    remove: async () => {
      stack.remove();
      await ground.stop();
    },
  };
}
