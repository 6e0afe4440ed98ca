import { builtImageName, serviceKinds } from "../../images/catalog";
import { type Architecture, architectureOf } from "../../model/aws/plan";
import type { Settings } from "../../model/settings/schema";
import type { ImageSource } from "../tools/images";
import type { RehearsalTools } from "../tools/rehearsal";
import type { Override } from "./home";

/** Ids of the images that the simulated account offers. */
const imageIds: Readonly<Record<"debian" | "baked", Readonly<Record<Architecture, string>>>> = {
  debian: { x86_64: "ami-0deb1a00000000001", arm64: "ami-0deb1a00000000002" },
  baked: { x86_64: "ami-0ba4ed00000000001", arm64: "ami-0ba4ed00000000002" },
};

/** Machine images of the account: Debian's, which the program finds by itself, and one as `npm run bake` makes it. */
export function imagesOfAccount({ machineImage, bakedImage }: Pick<RehearsalTools, "machineImage" | "bakedImage">) {
  // Whatever it is called, it is of this machine's own processor.
  return (["x86_64", "arm64"] as const).flatMap((architecture) => {
    const debian = architecture === "arm64" ? "arm64" : "amd64";
    return [
      {
        architecture,
        name: `debian-13-${debian}-20260101-0001`,
        id: imageIds.debian[architecture],
        dockerImage: machineImage,
      },
      { architecture, name: `baked-${debian}`, id: imageIds.baked[architecture], dockerImage: bakedImage },
    ];
  });
}

export interface Circumstances {
  readonly settings: Pick<Settings, "regions" | "images" | "webhooks">;
  /** The simulated certificate authority. */
  readonly directoryUrl: string;
  readonly imageSource: ImageSource;
  /** Boot Debian's image as it is, and install at boot. */
  readonly plain: boolean;
}

/** What can't be as in production: as little as can be, and each with its reason. */
export function overridesOf({ settings, directoryUrl, imageSource, plain }: Circumstances): Override[] {
  const built = Object.fromEntries(serviceKinds.map((kind) => [kind, builtImageName(kind)]));
  return [
    {
      path: ["livekit:acme", "directoryUrl"],
      value: directoryUrl,
      why: "a public authority would look for the names in the real DNS",
    },
    ...(imageSource === "build" ? [{ path: ["livekit:images"], value: built, why: "no registry can be reached" }] : []),
    ...settings.regions.map(({ instanceType }, i) => ({
      path: ["livekit:regions", i, "amiId"],
      value: imageIds[plain ? "debian" : "baked"][architectureOf(instanceType)],
      why: plain ? "Debian's image, which installs itself at boot" : "a baked image; --plain boots Debian's own",
    })),
    ...(settings.webhooks.apiKey === undefined
      ? []
      : [{ path: ["livekit:webhooks", "apiKey"], why: "a rehearsal's secrets are its own" }]),
    { path: ["aws:profile"], why: "the simulated account takes any credentials" },
  ];
}
