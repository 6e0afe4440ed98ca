import { execFileSync } from "node:child_process";
import { tarArchive } from "../../../provider-kit/archive";
import { check, diff } from "../../../provider-kit/resource-type";
import { unknownValue } from "../../../provider-kit/values";
import { container } from "../../docker/container";
import { formatDuration, parseDuration } from "../../docker/duration";
import { remoteImage } from "../../docker/image";
import { network } from "../../docker/network";
import { volume } from "../../docker/volume";

/**
 * Inputs whose change makes the official plugin replace the resource: `ForceNew` in terraform-provider-docker 4.5.0,
 * the upstream of pulumi-docker 5.2, limited to the inputs that the fallback provider implements. Verified by running
 * both on the same states.
 */
const forceNew = {
  container: [
    ...["capabilities", "command", "entrypoints", "groupAdds", "hosts", "image", "labels", "logDriver", "logOpts"],
    ...["name", "networkMode", "networksAdvanced", "ports", "readOnly", "securityOpts", "stopSignal", "stopTimeout"],
    ...["sysctls", "ulimits", "uploads", "user", "volumes"],
  ],
  network: ["driver", "internal", "ipamConfigs", "ipamDriver", "labels", "name"],
  volume: ["driver", "labels", "name"],
  remoteImage: ["name", "triggers"],
};

test("the fallback Docker provider replaces a resource on changes of the same inputs as the official plugin", () => {
  expect([...container.replaceOn].sort()).toEqual(forceNew.container);
  expect([...network.replaceOn].sort()).toEqual(forceNew.network);
  expect([...volume.replaceOn].sort()).toEqual(forceNew.volume);
  expect([...remoteImage.replaceOn].sort()).toEqual(forceNew.remoteImage);
});

// An unknown value of an optional and computed set causes no diff. docker-contract.test.ts compares both plugins.
test.each([
  [container, "uploads", [{ file: "/a", content: "a" }], unknownValue, true],
  [container, "volumes", [{ fromContainer: "a" }], unknownValue, true],
  [container, "stopSignal", "SIGTERM", unknownValue, true],
  [container, "labels", [{ label: "a", value: "b" }], unknownValue, false],
  [container, "labels", [{ label: "a", value: "b" }], [{ label: "a", value: unknownValue }], true],
  [container, "labels", undefined, unknownValue, true],
  [container, "labels", [{ label: "a", value: "b" }], [], false],
  [container, "securityOpts", ["a"], unknownValue, false],
  [container, "securityOpts", ["a"], [], true],
  [container, "stopTimeout", 10, 0, true],
  [network, "ipamConfigs", [{ subnet: "10.0.0.0/16" }], unknownValue, false],
  [network, "labels", [{ label: "a", value: "b" }], unknownValue, true],
  [network, "internal", true, false, true],
  [network, "internal", true, undefined, false],
])(
  "case %#: the fallback Docker provider replaces a resource if the official plugin replaces it for the same change",
  (type, property, was, is, replaces) => {
    const changes = diff(
      type,
      { name: "n", [property]: was },
      { ...check(type, { name: "n" }, "").inputs, [property]: is },
    );
    expect(changes.some((change) => change.replaces)).toBe(replaces);
  },
);

test("a different order of a container's ports is not a change", () => {
  const ports = [{ internal: 1 }, { internal: 2 }];
  const inputs = (value: object[]) => check(container, { name: "n", image: "i", ports: value }, "").inputs;
  expect(diff(container, inputs(ports), inputs(ports.toReversed()))).toEqual([]);
});

describe("validation of a container", () => {
  const errors = (inputs: object) => check(container, { name: "n", image: "i", ...inputs }, "docker 5.2.0").failures;

  test("accepts valid memory limits", () => expect(errors({ memory: 64, memorySwap: 128 })).toEqual([]));

  test.each([
    [
      "uploads into a read-only container",
      { readOnly: true, uploads: [{ file: "/a", content: "x" }] },
      "fromContainer",
    ],
    ["a memory limit without a swap limit", { memory: 64 }, "Set memorySwap: 128"],
    ["a capability without its prefix", { capabilities: { adds: ["NET_ADMIN"] } }, "begin with CAP_"],
    ["a duration that is not in Docker's format", { healthcheck: { tests: [], interval: "90s" } }, "1m30s"],
    ["an empty upload", { uploads: [{ file: "/a", content: "" }] }, "must not be empty"],
    ["an upload without content or source", { uploads: [{ file: "/a" }] }, "content or source"],
    ["permissions that aren't octal", { uploads: [{ file: "/a", content: "x", permissions: "640" }] }, "e.g. 0640"],
    [
      "a volume without a path or a source container",
      { volumes: [{ volumeName: "v" }] },
      "containerPath or fromContainer",
    ],
  ])("rejects %s", (_, inputs, reason) => {
    expect(errors(inputs)).toEqual([expect.stringContaining(reason)]);
  });
});

test.each([
  ["0s", 0],
  ["1.5s", 1.5e9],
  ["500ms", 5e8],
  ["1m0s", 60e9],
  ["1h0m5s", 3605e9],
])("parses and formats the Go duration %s", (text, nanoseconds) => {
  expect(parseDuration(text)).toBe(nanoseconds);
  expect(formatDuration(nanoseconds)).toBe(text);
});

test.each(["", "5", "5 s", "soon"])("rejects %j as a Go duration", (text) => expect(parseDuration(text)).toBeNaN());

test("the archive of a container's uploads contains each file with its name, mode and owner", () => {
  const deep = `/${"folder/".repeat(16)}file`;
  const archive = tarArchive([
    { path: "/etc/key", content: "secret", mode: 0o640 },
    { path: deep, content: Buffer.alloc(1000, "x"), mode: 0o755 },
  ]);
  const listing = execFileSync("tar", ["--numeric-owner", "-tvf", "-"], { input: archive, encoding: "utf8" });
  expect(listing).toMatch(/^-rw-r----- 0\/0 +6 .* etc\/key$/m);
  expect(listing).toMatch(new RegExp(`^-rwxr-xr-x 0/0 +1000 .* ${deep.slice(1)}$`, "m"));
});
