import { elasticIpErrors } from "../../../../model/aws/account-quotas";
import { regions } from "../../../support/bad-settings";
import { configureAws, fleetValues } from "../../../support/settings";

describe("Elastic IPs", () => {
  const { settings } = configureAws({ ...fleetValues, ...regions({ nodes: 2 }) });
  const errors = (inUse: number, own: number, limit = 5) =>
    elasticIpErrors(settings, "eu-central-1", { limit, inUse, own });

  test.each([
    ["enough addresses are left for the new nodes", 3, 0],
    ["this stack already has an address for each node", 5, 2],
    ["the account exceeds the quota, and no node is new", 9, 2],
    ["the account exceeds the quota, and a node is removed", 9, 3],
  ])("accepts the configured nodes if %s", (_, inUse, own) => expect(errors(inUse, own)).toEqual([]));

  test("rejects nodes that exceed the quota; the error has the region, the missing addresses, the quota and the command", () => {
    const [error] = errors(5, 1);
    expect(error).toMatchObject({ key: "livekit:regions[0].nodes", value: 2 });
    expect(error?.rule).toBe("the stack needs 1 more Elastic IPs in eu-central-1, where the account uses 5 of 5");
    expect(error?.fix).toContain(
      "aws service-quotas request-service-quota-increase --service-code ec2 --quota-code L-0263D0A3 --desired-value 6 --region eu-central-1",
    );
    expect(errors(5, 1, 6)).toEqual([]);
  });
});
