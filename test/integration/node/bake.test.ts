import type { Machine } from "../../../packages/aws-simulator/network/machine";
import { trialMachine } from "../../../packages/aws-simulator/network/trial";
import { ensureEngine } from "../../../scripts/toolchain/docker";
import { ensureMachineImage } from "../../../scripts/toolchain/rehearsal-images";
import { renderBakeData } from "../../../templates/node/bake";
import { issuerPackages, nodePackages } from "../../../templates/node/system";
import type { Answer } from "../../support/answer";
import { testMachine } from "../../support/machine";
import { simulatorSuite } from "../../support/simulator-suite";
import { TestNode } from "../../support/test-node";

const image = `localhost/livekit-stack/bake-test:${process.pid}`;
const packages = [...nodePackages, ...issuerPackages];
/** Time limit of an installation. Two machines install everything at the same time. */
const installSeconds = 480;

let node: TestNode;
let installed: Promise<Answer>;
let baking: Machine;

simulatorSuite("nodes and images from a plain Debian image", () => {
  beforeAll(async () => {
    node = await TestNode.launch("bake", { plain: true });
    installed = node.apply(undefined, { timeoutSeconds: installSeconds });
    const { docker } = await ensureEngine(testMachine, () => {});
    const plain = await ensureMachineImage(docker, () => {}, testMachine);
    baking = await launch("bake", 0, plain, renderBakeData([], packages));
  }, 900_000);

  afterAll(async () => {
    await node?.remove();
    const { docker } = await ensureEngine(testMachine, () => {});
    await docker.getImage(image).remove();
  });

  test(
    "a plain Debian machine with the node's user data installs all packages and carries media",
    async () => {
      const { exitCode, all } = await installed;
      expect([exitCode, all]).toEqual([0, expect.stringMatching(/installing [\s\S]*healthy/)]);
      await node.machine.run(["dpkg", "--status", ...packages]);
      expect(await node.machine.booted()).toEqual({ system: "running", failedUnits: [], cloudInit: "done" });
      expect((await node.smoke("--paths", "udp")).all).toContain("1 of 1 paths");
    },
    (installSeconds + 60) * 1000,
  );

  test(
    "an instance with the bake user data installs all packages and powers off, so it can become a prebaked image",
    async () => {
      await baking.poweredOff(installSeconds);
      await baking.save(image);
      await baking.terminate();
    },
    (installSeconds + 60) * 1000,
  );

  test("a new instance boots from the prebaked image with all packages installed and SSH disabled", async () => {
    const [first, second] = [await launchPrebaked(1), await launchPrebaked(2)];
    expect(await first.booted()).toEqual({ system: "running", failedUnits: [], cloudInit: "done" });
    expect(await second.booted()).toMatchObject({ system: "running" });
    expect(await first.run(["cat", "/run/user-data"])).toBe("1\n");
    const ids = [await first.run(["cat", "/etc/machine-id"]), await second.run(["cat", "/etc/machine-id"])];
    expect(new Set(ids).size).toBe(2);
    await first.run(["dpkg", "--status", ...packages]);
    expect((await first.run(["docker", "info", "--format", "{{.Driver}}"])).trim()).not.toBe("");
    expect((await first.execute(["systemctl", "is-enabled", "ssh.service"])).stdout.trim()).toBe("masked");
    expect(await first.run(["ss", "--listening", "--tcp", "--numeric", "--no-header", "sport = :22"])).toBe("");
  });
});

function launchPrebaked(number: number): Promise<Machine> {
  return launch(`baked-${number}`, number, image, `#!/bin/sh\necho ${number} > /run/user-data\n`);
}

/** Launches a machine in addition to the node. */
function launch(name: string, number: number, image: string, userData: string): Promise<Machine> {
  return node.simulator.launch({
    ...trialMachine(image, userData),
    name,
    instanceId: `i-0123456789abcdef${number + 1}`,
    privateAddress: `10.20.0.${10 + number}`,
    publicAddress: `198.51.100.${10 + number}`,
  });
}
