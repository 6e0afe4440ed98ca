import { version } from "@pulumi/aws/package.json";
import { serve } from "../../provider-kit/server";
import { configurationKeys, configure } from "./account";
import { ec2Types } from "./ec2/types";
import { functions } from "./functions";
import { asResource } from "./resource";
import { serviceTypes } from "./services/types";

serve({
  name: "aws",
  version,
  types: [...ec2Types, ...serviceTypes].map(asResource),
  functions,
  configuration: configurationKeys,
  configure,
});
