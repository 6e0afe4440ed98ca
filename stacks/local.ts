import * as pulumi from "@pulumi/pulumi";
import { LocalStack } from "../components/local/stack";
import { chosenImages } from "../images/catalog";
import { renderNewCaPlan } from "../model/ca-trust";
import { type Host, imageSource, planLocalFleet } from "../model/fleet";
import { localOutputs, type Outputs } from "../model/outputs";
import type { Settings } from "../model/settings/schema";
import type { Secrets } from "../model/settings/secrets";
import { callPageFilePath } from "../templates/call-page";
import type { BundledCallPage } from "./call-page";
import { planCertificate } from "./certificate-end";
import { owner, projectFolder, typescriptOption } from "./env";

const run = `node ${typescriptOption}`;

/** The stack's outputs. Pulumi encrypts the secret ones. */
export type StackOutputs = { readonly [K in keyof Outputs]: pulumi.Input<string> };

/** Creates the resources of the local target: all services run in containers on this machine. */
export function localStack(settings: Settings, secrets: Secrets, host: Host, callPage: BundledCallPage): StackOutputs {
  const fleet = planLocalFleet(settings, host);
  const source = imageSource(settings, host.imageSource);
  const stack = pulumi.getStack();
  const certificate = planCertificate(stack, fleet.nodes[0].certificateNames);
  if (certificate.newCaReason) {
    pulumi.log.warn(renderNewCaPlan(certificate.newCaReason));
  }
  new LocalStack("local", {
    fleet,
    secrets,
    owner: owner(stack),
    images: chosenImages(settings, source),
    ...(source === "build" && { buildImage: `${run} scripts/commands/build-images.ts` }),
    callPage: callPage.content,
    uploadSources: { [callPageFilePath("call.js")]: callPage.scriptFile },
    issueCertificate: `${run} scripts/commands/issue-certificate.ts ${stack}`,
    certificateEnd: certificate.end,
    validateServices: `${run} scripts/commands/validate-services.ts`,
    projectFolder,
  });
  const outputs = localOutputs(fleet, secrets);
  return { ...outputs, apiSecret: pulumi.secret(outputs.apiSecret), turnSecret: pulumi.secret(outputs.turnSecret) };
}
