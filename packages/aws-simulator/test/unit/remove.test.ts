import type Dockerode from "dockerode";
import { AwsSimulator } from "../../network/aws-simulator";

/** A fake Docker engine that returns these listings in turn, and records the filters and the removed containers. */
function engine(...listings: readonly (readonly string[])[]) {
  const [queries, removed]: [string[][], string[]] = [[], []];
  const left = [...listings];
  const docker = {
    listContainers: async ({ filters }: { filters: { label: string[] } }) => {
      queries.push(filters.label);
      return (left.shift() ?? []).map((Id) => ({ Id }));
    },
    getContainer: (id: string) => ({ remove: async () => removed.push(id) }),
  };
  return { docker: docker as unknown as Dockerode, queries, removed };
}

test("removing a simulator also removes containers that appear during the removal", async () => {
  const { docker, removed } = engine(["gateway", "aws"], ["late"]);
  await AwsSimulator.remove(docker, 3);
  expect(removed).toEqual(["gateway", "aws", "late"]);
});

test("removing a simulator by its id keeps a later simulator with the same number", async () => {
  const { docker, queries } = engine();
  await AwsSimulator.remove(docker, 3, { id: "5eed" });
  expect(queries).toEqual([["livekit-stack-simulator=3", "livekit-stack-simulator-id=5eed"]]);
});
