import type { ResourceType } from "../../plugin/resource-type";

/** Resource types of every service but EC2. */
export const serviceTypes: readonly ResourceType[] = [];
