import { aptMirrors, installPackages } from "../../../scripts/toolchain/apt";
import { fakeMachine, useEmptyCache } from "./fake-machine";

useEmptyCache();

const targets = [
  "bookworm http://mirror.example/debian/",
  "bookworm-updates http://mirror.example/debian/",
  "bookworm-security http://mirror.example/debian-security/",
  "nodistro https://other.example/node/",
].join("\n");

it("aptMirrors returns Debian's archive and security mirrors out of all apt sources", async () => {
  expect(await aptMirrors(fakeMachine({ answer: () => targets }))).toEqual({
    archive: "http://mirror.example/debian/",
    security: "http://mirror.example/debian-security/",
  });
});

it("aptMirrors returns no mirror on a system other than Debian", async () => {
  expect(await aptMirrors(fakeMachine({ distribution: "ubuntu", answer: () => targets }))).toEqual({});
});

it("an error of an apt installation states what failed and how to install by hand", async () => {
  const machine = fakeMachine({ answer: (line) => (line.includes("install") ? undefined : "") });
  await expect(installPackages(machine, ["docker.io"], () => {})).rejects.toThrow(
    /made to fail.*apt-get install docker\.io/s,
  );
});
