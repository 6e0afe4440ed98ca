import { createBom, packageUrl } from "../../../scripts/sbom/cyclonedx";
import { debianComponents } from "../../../scripts/sbom/debian";
import { goComponents } from "../../../scripts/sbom/go-program";
import { npmBom } from "../../../scripts/sbom/npm";
import { projectFolder } from "../../../stacks/env";
import { expectBom } from "../../support/bom";
import { fakeMachine } from "../tools/fake-machine";

const osRelease = 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nVERSION_ID="13"\nID=debian\n';
const subject = { type: "container", name: "localhost/image", version: "1.0" } as const;

test("a package URL has each part encoded, and its qualifiers in order", () => {
  expect(packageUrl("deb", "debian/libstdc++6", "1:14.2.0-19+b1", { distro: "debian-13", arch: "amd64" })).toBe(
    "pkg:deb/debian/libstdc%2B%2B6@1%3A14.2.0-19%2Bb1?arch=amd64&distro=debian-13",
  );
  expect(packageUrl("golang", "github.com/livekit/psrpc", "v0.8.2")).toBe("pkg:golang/github.com/livekit/psrpc@v0.8.2");
});

test("the document of an image lists the operating system and each installed package with its source package", () => {
  const packages = [
    "installed\tapt\t3.0.4\tamd64\tapt\t3.0.4",
    "installed\tbash\t5.2.37-2+b10\tamd64\tbash\t5.2.37-2",
    "installed\tlibssl3t64\t3.5.4-1\tamd64\topenssl\t3.5.4-1",
    "config-files\tlibcap2-bin\t1:2.75-10\tamd64\tlibcap2\t1:2.75-10",
    "",
  ].join("\n");
  const document = createBom(subject, debianComponents(osRelease, packages), new Date("2026-12-01T00:00:00Z"));
  expectBom(document);
  expect(document.metadata).toEqual({ timestamp: "2026-12-01T00:00:00.000Z", component: subject });
  expect(document.components.map(({ name, version, purl }) => [name, version, purl])).toEqual([
    ["debian", "13", undefined],
    ["apt", "3.0.4", "pkg:deb/debian/apt@3.0.4?arch=amd64&distro=debian-13"],
    ["bash", "5.2.37-2+b10", "pkg:deb/debian/bash@5.2.37-2%2Bb10?arch=amd64&distro=debian-13&upstream=bash%405.2.37-2"],
    [
      "libssl3t64",
      "3.5.4-1",
      "pkg:deb/debian/libssl3t64@3.5.4-1?arch=amd64&distro=debian-13&upstream=openssl%403.5.4-1",
    ],
  ]);
});

test("a Go program's document lists its module, the linked modules with their replacements, and Go's library", () => {
  const output = [
    "/tmp/livekit-server: go1.26.8",
    "\tpath\tgithub.com/livekit/livekit-server/cmd/server",
    "\tmod\tgithub.com/livekit/livekit-server\tv1.13.11\t",
    "\tdep\tgithub.com/Microsoft/go-winio\tv0.6.2\th1:abc=",
    "\tdep\tgithub.com/pion/webrtc/v4\tv4.2.0\t",
    "\t=>\tgithub.com/livekit/webrtc/v4\tv4.2.1\th1:def=",
    "\tbuild\t-trimpath=true",
  ].join("\n");
  const document = createBom(subject, goComponents(output));
  expectBom(document);
  expect(document.components.map(({ purl }) => purl)).toEqual([
    "pkg:golang/github.com/livekit/livekit-server@v1.13.11",
    "pkg:golang/github.com/livekit/webrtc/v4@v4.2.1",
    "pkg:golang/github.com/microsoft/go-winio@v0.6.2",
    "pkg:golang/stdlib@1.26.8",
  ]);
});

test.each(["/tmp/sh: could not read Go build info from /tmp/sh: unrecognized file format", "/tmp/x: go1.26.8\n"])(
  "a program without Go modules is an error, not an empty document (%j)",
  (output) => expect(() => goComponents(output)).toThrow("no Go module in the output of go version"),
);

test("each component is once in a document, sorted by its reference", () => {
  const [first, second] = goComponents("/tmp/x: go1.26.8\n\tmod\texample.com/module\tv1.0.0");
  const { components } = createBom(
    subject,
    [second, first, second].flatMap((each) => each ?? []),
  );
  expect(components).toEqual([second, first]);
});

test("the document of the packages is npm's own, but with the project's name instead of its folder's", async () => {
  const answer = { metadata: { component: { type: "application", name: "checkout-1", version: "0.1.0" } } };
  const machine = fakeMachine({ answer: () => JSON.stringify(answer) });
  expect((await npmBom(projectFolder, machine)).metadata.component).toEqual({
    type: "application",
    name: "livekit-stack",
    version: "0.1.0",
  });
  expect(machine.ran).toEqual(["npm sbom --sbom-format=cyclonedx --sbom-type=application --package-lock-only"]);
});
