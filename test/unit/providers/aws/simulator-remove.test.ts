import type Dockerode from "dockerode";
import { AwsSimulator } from "../../../../packages/aws-simulator/network/aws-simulator";

/** An engine whose listings are these, one after the other, and that says which filter and which containers it was asked. */
function engine(...listings: readonly (readonly string[])[]) {
  const [asked, removed]: [string[][], string[]] = [[], []];
  const left = [...listings];
  const docker = {
    listContainers: async ({ filters }: { filters: { label: string[] } }) => {
      asked.push(filters.label);
      return (left.shift() ?? []).map((Id) => ({ Id }));
    },
    getContainer: (id: string) => ({ remove: async () => removed.push(id) }),
  };
  return { docker: docker as unknown as Dockerode, asked, removed };
}

test("what is made of a simulator while it is removed goes with it", async () => {
  const { docker, removed } = engine(["gateway", "aws"], ["late"]);
  await AwsSimulator.remove(docker, 3);
  expect(removed).toEqual(["gateway", "aws", "late"]);
});

test("with an id, another simulator that has the number by now is let be", async () => {
  const { docker, asked } = engine();
  await AwsSimulator.remove(docker, 3, { id: "5eed" });
  expect(asked).toEqual([["livekit-stack-simulator=3", "livekit-stack-simulator-id=5eed"]]);
});
