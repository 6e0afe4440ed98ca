import type Dockerode from "dockerode";
import { UserError } from "../../../model/user-error";
import { containerNetwork, nextStep } from "../../../scripts/toolchain/docker";
import { engineFailure } from "../../../scripts/toolchain/engine-failure";
import { type FakeOptions, fakeMachine } from "./fake-machine";

const failure = (code: string, message = code) => Object.assign(new Error(message), { code });
const none = { commands: {} };
const installed = { commands: { docker: "/usr/bin/docker", dockerd: "/usr/sbin/dockerd" } };
const clientOnly = { commands: { docker: "/usr/bin/docker" } };

describe("a Docker engine that doesn't answer", () => {
  it.each<[string, FakeOptions, string, "install" | "start" | RegExp]>([
    ["Debian, root, nothing there", none, "ENOENT", "install"],
    ["Debian, root, only the client", clientOnly, "ENOENT", "install"],
    ["Debian, root, installed", installed, "ENOENT", "start"],
    ["Ubuntu, root, stopped", { ...installed, distribution: "ubuntu" }, "ECONNREFUSED", "start"],
    ["Fedora, root, stopped", { ...installed, distribution: "fedora" }, "ENOENT", "start"],
    ["Fedora, root, nothing there", { ...none, distribution: "fedora" }, "ENOENT", /moby-engine/],
    ["Debian, a user, nothing there", { ...none, root: false }, "ENOENT", /sudo apt-get install docker.io iptables/],
    ["Debian, a user, stopped", { ...installed, root: false, systemd: true }, "ENOENT", /sudo systemctl start docker/],
    ["Debian, a user not in the group", { ...installed, root: false }, "EACCES", /usermod -aG docker/],
    ["Windows, not allowed", { ...clientOnly, platform: "win32", distribution: "" }, "EACCES", /Start Docker Desktop/],
    ["macOS, nothing there", { ...none, platform: "darwin", distribution: "" }, "ENOENT", /Install Docker Desktop/],
    ["Windows, stopped", { ...clientOnly, platform: "win32", distribution: "" }, "ENOENT", /Start Docker Desktop/],
    ["an unknown Linux, nothing there", { ...none, distribution: "void" }, "ENOENT", /Install Docker Engine/],
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
  expect(engineFailure("docker build x", new Error(message)).message).toMatch(/disk is full.*docker system df/);
});

it.each<[NodeJS.Platform, string, RegExp]>([
  ["linux", "tcp://192.0.2.7:2375", /nothing answers at tcp:\/\/192\.0\.2\.7:2375 .* Start it there/],
  ["darwin", "ssh://me@192.0.2.7", /Start it there/],
  ["darwin", "unix:///Users/me/.docker/run/docker.sock", /Start Docker Desktop/],
  ["darwin", "", /Start Docker Desktop/],
])("suggests where to start an engine on %s with DOCKER_HOST=%s", (platform, host, message) => {
  const machine = fakeMachine({ platform, env: { DOCKER_HOST: host } });
  expect(engineFailure("Docker engine", failure("ECONNREFUSED"), machine).message).toMatch(message);
});

describe("the network of media containers", () => {
  const debian = {
    OperatingSystem: "Debian GNU/Linux 12 (bookworm)",
    SecurityOptions: ["name=seccomp,profile=default"],
  };
  it.each<[string, NodeJS.Platform, object, "host" | "bridge"]>([
    ["an engine of Linux' own", "linux", debian, "host"],
    ["Docker Desktop on Linux", "linux", { OperatingSystem: "Docker Desktop" }, "bridge"],
    ["a rootless engine", "linux", { ...debian, SecurityOptions: ["name=rootless", "name=cgroupns"] }, "bridge"],
    ["Docker Desktop on macOS", "darwin", { OperatingSystem: "Docker Desktop" }, "bridge"],
    ["another virtual machine on macOS", "darwin", debian, "bridge"],
  ])("%s", async (_, platform, info, expected) => {
    const docker = { info: async () => info } as unknown as Dockerode;
    expect(await containerNetwork(docker, fakeMachine({ platform }))).toBe(expected);
  });
});
