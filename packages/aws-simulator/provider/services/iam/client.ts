import { IAMClient } from "@aws-sdk/client-iam";
import { z } from "zod";
import { clientOf } from "../../clients";

const clients = clientOf("IAM", (options) => new IAMClient(options));

/** IAM client. IAM is global; its requests are signed for us-east-1. */
export const iam = () => clients("us-east-1");

/** Name of an IAM resource. Lengths: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export const iamName = (most: number) =>
  z
    .string()
    .min(1)
    .max(most, `must be at most ${most} characters`)
    .regex(/^[\w+=,.@-]*$/, "must be letters, digits and any of +=,.@_-");
