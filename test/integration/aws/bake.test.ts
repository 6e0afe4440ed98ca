import { Ground } from "../../../providers/aws/ground/ground";
import type { Machine } from "../../../providers/aws/ground/machine";
import { trialMachine } from "../../../providers/aws/ground/trial";
import { ensureRehearsal, type RehearsalTools } from "../../../scripts/tools/rehearsal";
import { renderBakeData } from "../../../templates/node/bake";
import { issuerPackages, nodePackages } from "../../../templates/node/system";
import { groundSuite } from "../../support/ground-suite";
import { testMachine } from "../../support/machine";

const number = 13;
const image = `localhost/livekit-stack/bake-test:${process.pid}`;

let tools: RehearsalTools;
let ground: Ground;

groundSuite("an image of nodes", () => {
  beforeAll(async () => {
    tools = await ensureRehearsal(testMachine, () => {});
    ground = await Ground.start({ docker: tools.docker, number, image: tools.cloudImage });
  }, 900_000);

  afterAll(async () => {
    await ground?.stop();
    await tools.docker.getImage(image).remove();
  }, 60_000);

  test("is made of an instance that installs everything and powers off", async () => {
    const data = renderBakeData([], [...nodePackages, ...issuerPackages]);
    const baking = await ground.launch({ ...trialMachine(tools.machineImage, data), name: "bake" });
    await baking.poweredOff(300);
    await baking.save(image);
    await baking.terminate();
  }, 400_000);

  test("boots as an instance of its own, with everything in place and no way in by SSH", async () => {
    const [first, second] = [await launch(1), await launch(2)];
    expect(await first.booted()).toEqual({ system: "running", failedUnits: [], cloudInit: "done" });
    expect(await second.booted()).toMatchObject({ system: "running" });
    expect(await first.run(["cat", "/run/user-data"])).toBe("1\n");
    const ids = [await first.run(["cat", "/etc/machine-id"]), await second.run(["cat", "/etc/machine-id"])];
    expect(new Set(ids).size).toBe(2);
    await first.run(["dpkg", "--status", ...nodePackages, ...issuerPackages]);
    expect((await first.run(["docker", "info", "--format", "{{.Driver}}"])).trim()).not.toBe("");
    expect((await first.execute(["systemctl", "is-enabled", "ssh.service"])).stdout.trim()).toBe("masked");
    expect(await first.run(["ss", "--listening", "--tcp", "--numeric", "--no-header", "sport = :22"])).toBe("");
  }, 120_000);
});

function launch(node: number): Promise<Machine> {
  return ground.launch({
    ...trialMachine(image, `#!/bin/sh\necho ${node} > /run/user-data\n`),
    name: `euc1-${node}`,
    instanceId: `i-0123456789abcdef${node}`,
    privateAddress: `10.20.0.${3 + node}`,
    publicAddress: `198.51.100.${3 + node}`,
  });
}
