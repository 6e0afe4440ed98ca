import { LocalStack } from "../components/local/stack";
import { chosenImages } from "../images/catalog";
import { type Host, imageSource, planLocalFleet } from "../model/fleet";
import type { Settings } from "../model/settings/schema";
import type { Secrets } from "../model/settings/secrets";
import { projectFolder } from "./env";
import { type StackOutputs, stackOutputs } from "./outputs";

const run = "node --require sucrase/register";

/** The local target: everything in containers on this machine. */
export function localStack(settings: Settings, secrets: Secrets, host: Host): StackOutputs {
  const fleet = planLocalFleet(settings, host);
  const source = imageSource(settings, host.imageSource);
  new LocalStack("local", {
    fleet,
    secrets,
    images: chosenImages(settings, source),
    ...(source === "build" && { buildImage: `${run} images/build.ts` }),
    issueCertificate: `${run} scripts/issue-certificate.ts`,
    projectFolder,
  });
  return stackOutputs(fleet, secrets);
}
