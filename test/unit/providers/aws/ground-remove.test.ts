import type Dockerode from "dockerode";
import { Ground } from "../../../../providers/aws/ground/ground";

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

test("what is made of a ground while it is removed goes with it", async () => {
  const { docker, removed } = engine(["gateway", "aws"], ["late"]);
  await Ground.remove(docker, 3);
  expect(removed).toEqual(["gateway", "aws", "late"]);
});

test("with an id, another ground that has the number by now is let be", async () => {
  const { docker, asked } = engine();
  await Ground.remove(docker, 3, { id: "5eed" });
  expect(asked).toEqual([["livekit-stack-ground=3", "livekit-stack-ground-id=5eed"]]);
});
