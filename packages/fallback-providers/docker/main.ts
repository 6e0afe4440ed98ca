import { version } from "@pulumi/docker/package.json";
import { serve } from "../../provider-kit/server";
import { container } from "./container";
import { remoteImage } from "./image";
import { network } from "./network";
import { volume } from "./volume";

serve({
  name: "docker",
  version,
  types: [network, volume, remoteImage, container],
  configuration: ["host"],
  configure({ host }) {
    if (typeof host === "string") process.env["DOCKER_HOST"] = host;
  },
});
