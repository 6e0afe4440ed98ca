import { LocalStack } from "../components/local/stack";
import { builtImageName } from "../images/catalog";
import { type Host, imageNames, planLocalFleet } from "../model/fleet";
import type { ServiceKind } from "../model/images";
import type { Settings } from "../model/settings/schema";
import type { Secrets } from "../model/settings/secrets";
import { projectFolder } from "./env";
import { type StackOutputs, stackOutputs } from "./outputs";

const run = "node --import tsx";

/** The local target: everything in containers on this machine. */
export function localStack(settings: Settings, secrets: Secrets, host: Host): StackOutputs {
  const fleet = planLocalFleet(settings, host);
  const source = settings.imageSource === "auto" ? host.imageSource : settings.imageSource;
  new LocalStack("local", {
    fleet,
    secrets,
    images: source === "build" ? builtImages(settings) : imageNames(settings),
    ...(source === "build" && { buildImage: `${run} images/build.ts` }),
    issueCertificate: `${run} scripts/issue-certificate.ts`,
    projectFolder,
  });
  return stackOutputs(fleet, secrets);
}

/** An image that the user names is never built. */
function builtImages(settings: Settings): Record<ServiceKind, string> {
  const name = (kind: ServiceKind) => settings.images[kind] ?? builtImageName(kind);
  return { livekit: name("livekit"), coturn: name("coturn"), redis: name("redis"), nginx: name("nginx") };
}
