import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { planLocalFleet } from "../../../model/fleet";
import { localOutputs } from "../../../model/outputs";
import { smokeTarget } from "../../../scripts/smoke/target";
import { configure, testHost } from "../../support/settings";

const { settings, secrets } = configure();
const fleet = planLocalFleet(settings, testHost);
const outputs = localOutputs(fleet, secrets);
const folder = mkdtempSync(join(tmpdir(), "livekit-stack-"));
const socket = join(folder, "docker.sock");
const environment = { ...process.env };

beforeAll(() => {
  const name = "elsewhere";
  const meta = join(folder, "contexts", "meta", createHash("sha256").update(name).digest("hex"));
  mkdirSync(meta, { recursive: true });
  writeFileSync(join(meta, "meta.json"), JSON.stringify({ Endpoints: { docker: { Host: `unix://${socket}` } } }));
  Object.assign(process.env, { DOCKER_CONFIG: folder, DOCKER_CONTEXT: name });
  delete process.env["DOCKER_HOST"];
});

afterAll(() => {
  process.env = environment;
  rmSync(folder, { recursive: true });
});

test("reads the relay's log from the Docker engine of the current docker context", async () => {
  await expect(smokeTarget(outputs, fleet.ports)).rejects.toThrow(`no Docker engine answers at unix://${socket}`);
  const engine = createServer(({ url }, response) => response.end(url)).listen(socket);
  await once(engine, "listening");
  const { relayLog, relayPorts } = await smokeTarget(outputs, fleet.ports);
  expect(await relayLog?.(5000)).toContain("/containers/inspire-lab-coturn/logs?stdout=true&stderr=true&since=5");
  expect(relayPorts).toEqual({ tcp: 3478, tls: 5349 });
  engine.close();
});
