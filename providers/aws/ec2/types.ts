import type { ResourceType } from "../../plugin/resource-type";
import { vpc } from "./vpc";

/** Resource types of EC2 and VPC. */
export const ec2Types: readonly ResourceType[] = [vpc];
