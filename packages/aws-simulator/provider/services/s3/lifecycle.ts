import type { LifecycleRule } from "@aws-sdk/client-s3";
import { z } from "zod";
import type { Properties } from "../../../../provider-kit/values";

const days = z.number().int().positive();

/** Limits: https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html */
export const lifecycleRules = z
  .array(
    z.strictObject({
      id: z.string().min(1).max(255),
      status: z.enum(["Enabled", "Disabled"]),
      filter: z.strictObject({ prefix: z.string() }),
      expiration: z.strictObject({ days }).optional(),
      noncurrentVersionExpiration: z.strictObject({ noncurrentDays: days }).optional(),
      abortIncompleteMultipartUpload: z.strictObject({ daysAfterInitiation: days }).optional(),
    }),
  )
  .min(1)
  .max(1000);

type Rules = z.infer<typeof lifecycleRules>;

export function lifecycleErrors(rules: Rules): string[] {
  const ids = rules.map(({ id }) => id);
  const twice = [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))];
  const idle = rules.filter(
    (rule) => !rule.expiration && !rule.noncurrentVersionExpiration && !rule.abortIncompleteMultipartUpload,
  );
  return [
    ...twice.map((id) => `rules: "${id}" is the id of more than one rule: rule ids must be unique`),
    ...idle.map(({ id }) => `rules: "${id}" has no action: at least one is required`),
  ];
}

export function rulesToPut(rules: Rules): LifecycleRule[] {
  return rules.map(
    ({ id, status, filter, expiration, noncurrentVersionExpiration: old, abortIncompleteMultipartUpload: abort }) => ({
      ID: id,
      Status: status,
      Filter: { Prefix: filter.prefix },
      ...(expiration && { Expiration: { Days: expiration.days } }),
      ...(old && { NoncurrentVersionExpiration: { NoncurrentDays: old.noncurrentDays } }),
      ...(abort && { AbortIncompleteMultipartUpload: { DaysAfterInitiation: abort.daysAfterInitiation } }),
    }),
  );
}

export function rulesFound(rules: readonly LifecycleRule[] = []): Properties[] {
  return rules.map((rule) => ({
    id: rule.ID,
    status: rule.Status,
    filter: { prefix: rule.Filter?.Prefix },
    noncurrentVersionExpiration: rule.NoncurrentVersionExpiration && {
      noncurrentDays: rule.NoncurrentVersionExpiration.NoncurrentDays,
    },
    abortIncompleteMultipartUpload: rule.AbortIncompleteMultipartUpload && {
      daysAfterInitiation: rule.AbortIncompleteMultipartUpload.DaysAfterInitiation,
    },
    expiration: rule.Expiration && { days: rule.Expiration.Days, date: rule.Expiration.Date?.toISOString() },
  }));
}
