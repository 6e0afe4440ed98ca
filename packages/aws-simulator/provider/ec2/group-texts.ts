import { z } from "zod";

/**
 * Name or description of a security group, or description of a rule (EC2's API reference, `CreateSecurityGroup` and
 * `IpRange`).
 */
export const groupText = z
  .string()
  .max(255, "must be at most 255 characters")
  .regex(/^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]*$/, "must be letters, digits, spaces and any of ._-:/()#,@[]+=&;{}!$*");
