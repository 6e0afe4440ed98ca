import { z } from "zod";
import { regional, tagged } from "../resource";

/** Size of Debian's images in gigabytes, the default size of a root volume. */
export const imageGigabytes = 8;

/** EC2's limit, before Base64 encoding. */
const userDataBytes = 16 * 1024;

const metadataOptions = z.strictObject({
  httpEndpoint: z.literal("enabled").default("enabled"),
  httpTokens: z.literal("required", "must be required: this metadata service has version 2 alone"),
  httpPutResponseHopLimit: z.number().int().min(1).max(64).default(1),
});

const rootBlockDevice = z.strictObject({
  volumeType: z.string().default("gp3"),
  volumeSize: z
    .number()
    .int()
    .min(
      imageGigabytes,
      `must be at least ${imageGigabytes}, the image's own size, or AWS reports InvalidBlockDeviceMapping`,
    )
    .optional(),
  encrypted: z.boolean().default(false),
  deleteOnTermination: z.literal(true).default(true),
  tags: z.record(z.string(), z.string()).optional(),
});

export const instanceInputs = {
  ...regional,
  ...tagged,
  ami: z.string(),
  instanceType: z.string(),
  subnetId: z.string(),
  privateIp: z.ipv4().optional(),
  vpcSecurityGroupIds: z.array(z.string()).min(1),
  iamInstanceProfile: z.string().optional(),
  metadataOptions,
  rootBlockDevice: rootBlockDevice.prefault({}),
  maintenanceOptions: z.strictObject({ autoRecovery: z.literal("default").default("default") }).optional(),
  disableApiTermination: z.boolean().default(false),
  forceDestroy: z.boolean().default(false),
  userData: z
    .string()
    .refine((text) => Buffer.byteLength(text) <= userDataBytes, `must be no longer than ${userDataBytes} bytes`)
    .optional(),
  userDataReplaceOnChange: z.literal(false).default(false),
};

export type InstanceInputs = z.infer<z.ZodObject<typeof instanceInputs>>;
