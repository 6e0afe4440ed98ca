import { groundSuite } from "../../../support/ground-suite";
import { storageProgram, type Version } from "../../../support/services-program";
import { openSimulatedAws, type SimulatedAws } from "../../../support/simulated-aws";

jest.setTimeout(120_000);

const first: Version = { generation: "a", text: "one", number: 3, secret: "planted-one-7f3a" };

groundSuite("the stand-in's types of storage, identity and watching", () => {
  let aws: SimulatedAws;

  beforeAll(async () => {
    aws = await openSimulatedAws(35);
  });
  afterAll(() => aws.remove());

  const up = (version: Partial<Version>) =>
    aws.stack.up(storageProgram(() => aws.provider(), { ...first, ...version }));

  test("are made, changed, replaced and removed", async () => {
    await up({});
    expect((await up({})).summary.resourceChanges).toEqual({ same: 16 });
    expect((await aws.stack.refresh()).summary.resourceChanges).toEqual({ same: 16 });
    expect((await up({ text: "two", number: 5 })).summary.resourceChanges).toEqual({ same: 6, update: 10 });
    const next = { generation: "b", text: "two", number: 5, secret: "planted-two-7f3a" };
    expect((await up(next)).summary.resourceChanges).toEqual({ replace: 14, same: 2 });
    await aws.stack.destroy();
    expect(aws.stack.shows("planted-")).toBe(false);
  });
});
