import fc from "fast-check";
import { parse } from "yaml";
import { admissionLimits } from "../../../model/capacity/admission";
import { roomTraffic } from "../../../model/capacity/load";
import { roomsPerNode } from "../../../model/capacity/node";
import { efficiency } from "../../../model/capacity/processor";
import { fileOf, render } from "../../support/local-bundle";
import { fileOf as bundleFileOf, nodeBundle } from "../../support/node-bundle";
import { fleetValues, testHost, testRegion, testSecrets } from "../../support/settings";
import { nodeLimits, shapes } from "./arbitraries";

const limitOf = (livekit: string) => parse(livekit).limit;
const onHost = (cores: number, values = {}) =>
  limitOf(fileOf(render(values, testSecrets, { ...testHost, cores }).specs, "livekit", "livekit.yaml"));
const onAws = (values = {}) => limitOf(bundleFileOf(nodeBundle(values).bundle, "stack/livekit/livekit.yaml"));

test("a server refuses joins beyond what its processor carries of the cheapest media", () => {
  // 50 packets and 0.005 MB a second for audio: 0.00072 vCPU. 1,056 packets of video a megabyte: 0.02773 vCPU.
  expect(onHost(2)).toEqual({ num_tracks: 3472, bytes_per_sec: expect.closeTo(90_160_000, -5) });
  expect(onAws()).toEqual(onHost(2));
  expect(onHost(8, { nodes: "2" })).toEqual(onHost(4));
});

test("livekit:livekitOverrides changes a limit", () => {
  expect(onHost(2, { livekitOverrides: '{"limit": {"num_tracks": 100}}' })).toMatchObject({
    num_tracks: 100,
    bytes_per_sec: onHost(2).bytes_per_sec,
  });
});

test("nodes of several sizes have no limits: LiveKit measures every node by those of the one that is asked", () => {
  const mixed = [
    { ...testRegion, primary: true },
    { ...testRegion, name: "us-east-1", cidr: "10.1.0.0/16", instanceType: "c7i.4xlarge" },
  ];
  expect(onAws(fleetValues)).toEqual(onAws());
  expect(onAws({ ...fleetValues, regions: JSON.stringify(mixed) })).toBeUndefined();
});

test("no load that fits a node is refused", () => {
  fc.assert(
    fc.property(shapes, nodeLimits, (shape, limits) => {
      const { tracks, bytesPerSecond } = admissionLimits(limits.vcpus);
      const { copies, egressMbps, ingestMbps } = roomTraffic(shape);
      const rooms = roomsPerNode(shape, limits, efficiency.best);
      // Audio and video of each.
      const perStream = shape.quality === "audio" ? 1 : 2;
      expect(rooms * perStream * (copies + shape.publishers)).toBeLessThanOrEqual(tracks);
      expect((rooms * (egressMbps + ingestMbps) * 1e6) / 8).toBeLessThanOrEqual(bytesPerSecond);
    }),
  );
});
