import { GetChangeCommand, Route53Client } from "@aws-sdk/client-route-53";
import type { Call } from "../../../../provider-kit/resource-type";
import { clientOf } from "../../clients";
import { until } from "../until";

const clients = clientOf("Route 53", (options) => new Route53Client(options));

/** Route 53 client. Route 53 is global; its requests are signed for us-east-1. */
export const route53 = () => clients("us-east-1");

/** Waits until a change has reached all Route 53 name servers. */
export async function inSync(Id: string | undefined, call: Pick<Call, "signal">): Promise<void> {
  await until(async () => (await route53().send(new GetChangeCommand({ Id }))).ChangeInfo?.Status === "INSYNC", call);
}
