import { GetChangeCommand, Route53Client } from "@aws-sdk/client-route-53";
import type { Call } from "../../../../provider-kit/resource-type";
import { clientOf } from "../../clients";
import { until } from "../until";

const clients = clientOf("Route 53", (options) => new Route53Client(options));

/** Route 53, which is in no region: its clients sign for this one. */
export const route53 = () => clients("us-east-1");

/** Waits until all of Route 53's name servers have a change. */
export async function inSync(Id: string | undefined, call: Pick<Call, "signal">): Promise<void> {
  await until(async () => (await route53().send(new GetChangeCommand({ Id }))).ChangeInfo?.Status === "INSYNC", call);
}
