import Dockerode from "dockerode";
import { planLocalFleet } from "../../../model/fleet";
import type { ServiceSpec } from "../../../model/service";
import { run } from "../../../packages/aws-simulator/network/containers";
import { findHost } from "../../../stacks/host";
import { planServices } from "../../../templates/bundle";
import { eventually } from "../../support/eventually";
import { ownSettings } from "../../support/numbers";
import { imagesHere, runService } from "../../support/rendered-service";
import { configure } from "../../support/settings";

const docker = new Dockerode();
const {
  namePrefix,
  redis: { port },
} = ownSettings("redis");
const made: { remove(options?: object): Promise<unknown> }[] = [];

afterAll(async () => {
  for (const each of made.splice(0).reverse()) await each.remove({ force: true, v: true });
});

test("Redis accepts writes while its disk is full, so joins keep working", async () => {
  const { settings, secrets } = configure({ namePrefix, redis: JSON.stringify({ port }) });
  const fleet = planLocalFleet(settings, await findHost({ network: "bridge" }));
  const specs = planServices(fleet, fleet.nodes[0]);
  const inputs = { secrets, certificate: { chain: "", key: "" } };
  const spec = specs.find(({ kind }) => kind === "redis") as ServiceSpec;
  made.push(await docker.createNetwork({ Name: namePrefix }));
  const { redis: image } = await imagesHere(docker, settings);
  const container = await runService(docker, namePrefix, spec, inputs, image, { "/data": "size=1m,uid=999" });
  made.push(container);
  const redis = (...command: string[]) =>
    run(container, ["redis-cli", "-p", `${port}`, ...command], { env: { REDISCLI_AUTH: secrets.redisPassword } });

  await eventually(async () => expect(await redis("SET", "room", "before")).toBe("OK\n"), 20_000);
  await run(container, ["sh", "-c", "cat /dev/zero > /data/full 2> /dev/null || true"]);
  await redis("BGSAVE");
  await eventually(
    async () => expect(await redis("INFO", "persistence")).toContain("rdb_last_bgsave_status:err"),
    20_000,
  );
  expect(await redis("SET", "room", "after")).toBe("OK\n");
});
