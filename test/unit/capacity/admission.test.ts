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
  limitOf(fileOf(render(values, testSecrets, { ...testHost, cores }).files, "livekit", "livekit.yaml"));
const onAws = (values = {}) => limitOf(bundleFileOf(nodeBundle(values).bundle, "stack/livekit/livekit.yaml"));

test("the admission limits are the audio tracks and the video bytes per second that the vCPUs carry at best efficiency", () => {
  // One audio track (50 packets, 0.005 MB a second) needs 0.00072 vCPU. One megabyte a second of video (1,056 packets)
  // needs 0.02773 vCPU. The limits are the number of audio tracks and the bytes of video that the vCPUs carry at the
  // best efficiency.
  expect(onHost(2)).toEqual({ num_tracks: 3472, bytes_per_sec: expect.closeTo(90_160_000, -5) });
  expect(onAws()).toEqual(onHost(2));
  expect(onHost(8, { nodes: "2" })).toEqual(onHost(4));
});

test("livekit:livekitOverrides replaces a computed admission limit", () => {
  expect(onHost(2, { livekitOverrides: '{"limit": {"num_tracks": 100}}' })).toMatchObject({
    num_tracks: 100,
    bytes_per_sec: onHost(2).bytes_per_sec,
  });
});

test("nodes of different sizes have no admission limits: the node that assigns a room applies its own limits to all nodes", () => {
  const mixed = [
    { ...testRegion, primary: true },
    { ...testRegion, name: "us-east-1", cidr: "10.1.0.0/16", instanceType: "c7i.4xlarge" },
  ];
  expect(onAws(fleetValues)).toEqual(onAws());
  expect(onAws({ ...fleetValues, regions: JSON.stringify(mixed) })).toBeUndefined();
});

test("the admission limits of a node reject no load that the node carries", () => {
  fc.assert(
    fc.property(shapes, nodeLimits, (shape, limits) => {
      const { tracks, bytesPerSecond } = admissionLimits(limits.vcpus);
      const { copies, egressMbps, ingestMbps } = roomTraffic(shape);
      const rooms = roomsPerNode(shape, limits, efficiency.best);
      // Each video stream comes with an audio stream.
      const perStream = shape.quality === "audio" ? 1 : 2;
      expect(rooms * perStream * (copies + shape.publishers)).toBeLessThanOrEqual(tracks);
      expect((rooms * (egressMbps + ingestMbps) * 1e6) / 8).toBeLessThanOrEqual(bytesPerSecond);
    }),
  );
});
