/** Coordinates of a region in degrees, for latency routing and LiveKit's selection of the nearest node. */
export interface Place {
  readonly lat: number;
  readonly lon: number;
}

const at = (lat: number, lon: number): Place => ({ lat, lon });

/** Every region of AWS's public partition with the approximate location of its data centres (AWS's list of regions). */
export const awsRegions: Readonly<Record<string, Place>> = {
  "af-south-1": at(-33.9, 18.4),
  "ap-east-1": at(22.3, 114.2),
  "ap-east-2": at(25, 121.5),
  "ap-northeast-1": at(35.7, 139.7),
  "ap-northeast-2": at(37.6, 127),
  "ap-northeast-3": at(34.7, 135.5),
  "ap-south-1": at(19.1, 72.9),
  "ap-south-2": at(17.4, 78.5),
  "ap-southeast-1": at(1.3, 103.8),
  "ap-southeast-2": at(-33.9, 151.2),
  "ap-southeast-3": at(-6.2, 106.8),
  "ap-southeast-4": at(-37.8, 145),
  "ap-southeast-5": at(3.1, 101.7),
  "ap-southeast-6": at(-36.8, 174.8),
  "ap-southeast-7": at(13.8, 100.5),
  "ca-central-1": at(45.5, -73.6),
  "ca-west-1": at(51, -114.1),
  "eu-central-1": at(50.1, 8.7),
  "eu-central-2": at(47.4, 8.5),
  "eu-north-1": at(59.3, 18.1),
  "eu-south-1": at(45.5, 9.2),
  "eu-south-2": at(41.6, -0.9),
  "eu-west-1": at(53.3, -6.3),
  "eu-west-2": at(51.5, -0.1),
  "eu-west-3": at(48.9, 2.4),
  "il-central-1": at(32.1, 34.8),
  "me-central-1": at(25.2, 55.3),
  "me-south-1": at(26.2, 50.6),
  "mx-central-1": at(20.6, -100.4),
  "sa-east-1": at(-23.6, -46.6),
  "us-east-1": at(39, -77.5),
  "us-east-2": at(40, -83),
  "us-west-1": at(37.8, -122.4),
  "us-west-2": at(45.8, -119.7),
};

/**
 * Name prefixes of regions outside the public partition: China, GovCloud, the European sovereign cloud and the secret
 * regions (`partitions.json` of AWS's SDKs). In these partitions, ARNs and Debian's images have other names.
 */
const otherPartitions = ["cn-", "us-gov-", "us-iso", "eu-isoe-", "eusc-"];

/** Reports whether a region is outside AWS's public partition. */
export function inOtherPartition(region: string): boolean {
  return otherPartitions.some((prefix) => region.startsWith(prefix));
}

/** Returns a region's coordinates, from the settings or the table. Undefined if neither has them. */
export function placeOf(region: {
  readonly name: string;
  readonly lat?: number | undefined;
  readonly lon?: number | undefined;
}): Place | undefined {
  const { name, lat, lon } = region;
  return lat !== undefined && lon !== undefined ? { lat, lon } : awsRegions[name];
}

/**
 * Returns a region's short code, the prefix that AWS uses in its zone IDs.
 * @example regionCode("us-east-1") // "use1"
 * @example regionCode("ap-southeast-2") // "apse2"
 */
export function regionCode(region: string): string {
  const [area = "", direction = "", number = ""] = region.split("-");
  const letters = direction.replace(/^(north|south)(east|west)$/, (_, a: string, b: string) => `${a[0]}${b[0]}`);
  return `${area}${letters === direction ? (direction[0] ?? "") : letters}${number}`;
}
