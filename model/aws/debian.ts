import type { Architecture } from "./processors";

/** Debian's AWS account and name patterns of its images (https://wiki.debian.org/Cloud/AmazonEC2Image/Trixie). */
export const debian = {
  owner: "136693071363",
  imagePattern: { x86_64: "debian-13-amd64-*", arm64: "debian-13-arm64-*" } satisfies Record<Architecture, string>,
} as const;
