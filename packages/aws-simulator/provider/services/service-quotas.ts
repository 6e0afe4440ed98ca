import { GetServiceQuotaCommand, type ServiceQuota, ServiceQuotasClient } from "@aws-sdk/client-service-quotas";
import { z } from "zod";
import type { Properties } from "../../../provider-kit/values";
import { clientOf } from "../clients";

const serviceQuotas = clientOf("Service Quotas", (options) => new ServiceQuotasClient(options));

/** Returns a quota of the account in a region. */
export async function quotaOf(
  region: string | undefined,
  serviceCode: string,
  quotaCode: string,
): Promise<ServiceQuota> {
  const command = new GetServiceQuotaCommand({ ServiceCode: serviceCode, QuotaCode: quotaCode });
  return (await serviceQuotas(region).send(command)).Quota ?? {};
}

const quotaArgs = z.strictObject({ region: z.string().optional(), serviceCode: z.string(), quotaCode: z.string() });

/**
 * `aws:servicequotas/getServiceQuota:getServiceQuota`, with only the applied value. The official plugin first reads
 * AWS's default value, and returns it if no value is applied.
 */
export async function getServiceQuota(given: Properties): Promise<Properties> {
  const { region, serviceCode, quotaCode } = quotaArgs.parse(given);
  const { QuotaArn, QuotaName, Value } = await quotaOf(region, serviceCode, quotaCode);
  return { ...given, id: QuotaArn, arn: QuotaArn, quotaName: QuotaName, value: Value };
}
