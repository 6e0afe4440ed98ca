import type Dockerode from "dockerode";
import { engineFailure } from "../../../model/errors/engine-failure";
import { UserError } from "../../../model/user-error";
import { containerNetwork, nextStep } from "../../../scripts/toolchain/docker";
import { type FakeOptions, fakeMachine } from "./fake-machine";

const failure = (code: string, message = code) => Object.assign(new Error(message), { code });
const none = { commands: {} };
const installed = { commands: { docker: "/usr/bin/docker", dockerd: "/usr/sbin/dockerd" } };
const clientOnly = { commands: { docker: "/usr/bin/docker" } };

describe("a Docker engine that does not answer", () => {
  it.each<[string, FakeOptions, string, "install" | "start" | RegExp]>([
    ["is installed on Debian for root if Docker is missing", none, "ENOENT", "install"],
    ["is installed on Debian for root if only the docker client is installed", clientOnly, "ENOENT", "install"],
    ["is started on Debian for root if the engine is installed", installed, "ENOENT", "start"],
    [
      "is started on Ubuntu for root if the engine is stopped",
      { ...installed, distribution: "ubuntu" },
      "ECONNREFUSED",
      "start",
    ],
    [
      "is started on Fedora for root if the engine is stopped",
      { ...installed, distribution: "fedora" },
      "ENOENT",
      "start",
    ],
    [
      "causes an error on Fedora that suggests installing moby-engine if Docker is missing",
      { ...none, distribution: "fedora" },
      "ENOENT",
      /moby-engine/,
    ],
    [
      "causes an error on Debian that suggests sudo apt-get to a user without root",
      { ...none, root: false },
      "ENOENT",
      /sudo apt-get install docker.io iptables/,
    ],
    [
      "causes an error on Debian that suggests sudo systemctl to a user without root",
      { ...installed, root: false, systemd: true },
      "ENOENT",
      /sudo systemctl start docker/,
    ],
    [
      "causes an error on Debian that suggests the group docker to a user without access to the socket",
      { ...installed, root: false },
      "EACCES",
      /usermod -aG docker/,
    ],
    [
      "causes an error on Windows that suggests starting Docker Desktop if access is denied",
      { ...clientOnly, platform: "win32", distribution: "" },
      "EACCES",
      /Start Docker Desktop/,
    ],
    [
      "causes an error on macOS that suggests installing Docker Desktop if Docker is missing",
      { ...none, platform: "darwin", distribution: "" },
      "ENOENT",
      /Install Docker Desktop/,
    ],
    [
      "causes an error on Windows that suggests starting Docker Desktop if the engine is stopped",
      { ...clientOnly, platform: "win32", distribution: "" },
      "ENOENT",
      /Start Docker Desktop/,
    ],
    [
      "causes an error on an unknown Linux distribution that suggests installing Docker Engine if Docker is missing",
      { ...none, distribution: "void" },
      "ENOENT",
      /Install Docker Engine/,
    ],
  ])("%s", (_, options, code, expected) => {
    const step = nextStep(fakeMachine(options), failure(code));
    if (expected instanceof RegExp) expect((step as UserError).message).toMatch(expected);
    else expect(step).toBe(expected);
  });

  it("is not started or installed if the user configured the address of another engine", () => {
    const step = nextStep(fakeMachine(), failure("ECONNREFUSED"), "tcp://10.0.0.1:2375");
    expect(step).toBeInstanceOf(UserError);
    expect((step as UserError).message).toContain("tcp://10.0.0.1:2375");
  });
});

it("a failed image build reports a full disk", () => {
  const message = "failed to write: no space left on device";
  expect(engineFailure("docker build x", new Error(message), fakeMachine()).message).toMatch(
    /disk is full.*docker system df/,
  );
});

it.each<[NodeJS.Platform, string, RegExp]>([
  ["linux", "tcp://192.0.2.7:2375", /no Docker engine answers at tcp:\/\/192\.0\.2\.7:2375 .* Start it there/],
  ["darwin", "ssh://me@192.0.2.7", /Start it there/],
  ["darwin", "unix:///Users/me/.docker/run/docker.sock", /Start Docker Desktop/],
  ["darwin", "", /Start Docker Desktop/],
])("an error on %s with DOCKER_HOST=%j suggests where to start the Docker engine", (platform, host, message) => {
  const machine = fakeMachine({ platform, env: { DOCKER_HOST: host } });
  expect(engineFailure("Docker engine", failure("ECONNREFUSED"), machine).message).toMatch(message);
});

describe("the network of media containers", () => {
  const debian = {
    OperatingSystem: "Debian GNU/Linux 12 (bookworm)",
    SecurityOptions: ["name=seccomp,profile=default"],
  };
  it.each<[string, NodeJS.Platform, object, "host" | "bridge"]>([
    ["is the host network for an engine that runs directly on Linux", "linux", debian, "host"],
    ["is a bridge for Docker Desktop on Linux", "linux", { OperatingSystem: "Docker Desktop" }, "bridge"],
    [
      "is a bridge for a rootless engine",
      "linux",
      { ...debian, SecurityOptions: ["name=rootless", "name=cgroupns"] },
      "bridge",
    ],
    ["is a bridge for Docker Desktop on macOS", "darwin", { OperatingSystem: "Docker Desktop" }, "bridge"],
    ["is a bridge for an engine in another virtual machine on macOS", "darwin", debian, "bridge"],
  ])("%s", async (_, platform, info, expected) => {
    const docker = { info: async () => info } as unknown as Dockerode;
    expect(await containerNetwork(docker, fakeMachine({ platform }))).toBe(expected);
  });
});
