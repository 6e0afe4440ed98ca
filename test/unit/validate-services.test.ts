import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serviceTrials, type TrialInput } from "../../model/trial";
import { ended } from "../support/answer";
import { type EngineAnswer, type EngineRequest, EngineServer } from "../support/engine-server";
import { render } from "../support/local-bundle";
import { isolatedEnvironment, nodeArguments } from "../support/own-command";
import { configure, monitoredSecrets } from "../support/settings";

const { secrets } = configure({}, monitoredSecrets);
const { specs, files } = render({}, monitoredSecrets);
const trials = serviceTrials(specs, files, {
  namePrefix: "lab",
  labels: {},
  images: { livekit: "livekit:1", nginx: "nginx:1" },
});

/** A Docker engine whose containers print the stack's secrets, like a program that prints a line that it rejects. */
class EchoingEngine extends EngineServer {
  constructor(folder: string) {
    super(join(folder, "docker.sock"));
  }

  protected answer({ method, path }: EngineRequest): EngineAnswer {
    if (path === "/containers/create") return [201, { Id: "validation" }];
    if (path.endsWith("/wait")) return [200, { StatusCode: 1 }];
    if (path.endsWith("/logs")) return [200, frame(`rejected: ${JSON.stringify(secrets)}`)];
    return method === "DELETE" ? [204] : [200, {}];
  }
}

/** Frames a line as Docker multiplexes a container's output. */
function frame(line: string): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32BE(Buffer.byteLength(line), 4);
  return Buffer.concat([header, Buffer.from(line)]);
}

let folder: string;
let engine: EchoingEngine;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "validate-services-"));
  engine = new EchoingEngine(folder);
  await engine.start();
});
afterAll(async () => {
  await engine.stop();
  rmSync(folder, { recursive: true });
});

test("redacts secrets in a program's output, because pulumi up prints this output unchanged", async () => {
  const input: TrialInput = { trials, secrets };
  const program = [process.execPath, nodeArguments("validate-services"), isolatedEnvironment(folder, engine)] as const;
  const { exitCode, all } = await ended(...program, undefined, JSON.stringify(input));
  expect(exitCode).toBe(1);
  expect(all).toContain("livekit: the service rejects its new configuration, and no container was replaced:");
  expect(all).toContain("<secret>");
  const values = [secrets.apiKeys[0].secret, secrets.turnSecrets[0], secrets.redisPassword, secrets.metricsPassword];
  for (const value of [...values, secrets.monitoringPassword]) expect(all).not.toContain(value);
});
