import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Dockerode from "dockerode";
import { removeLeftovers } from "../../../scripts/testing/leftovers";
import { simulatorNumbers } from "../../../scripts/testing/test-names";
import { type EngineAnswer, type EngineRequest, EngineServer } from "../../support/engine-server";

/**
 * A Docker engine with a container, a network and a volume of a test and of a user, the simulator of the tests of nodes,
 * and the rehearsal's simulator with the id "ours".
 */
class UsedEngine extends EngineServer {
  readonly removed: string[] = [];

  protected answer({ method, path, parameters }: EngineRequest): EngineAnswer {
    if (method === "DELETE") {
      this.removed.push(path);
      return [204];
    }
    const simulator = JSON.parse(parameters.get("filters") ?? "{}").label as string[] | undefined;
    if (simulator) return [200, this.simulatorParts(simulator)];
    if (path === "/containers/json") return [200, named("stack-test-7-nginx", "livekit-nginx")];
    if (path === "/networks") return [200, named("stack-test-7", "livekit")];
    return [200, { Volumes: named("stack-test-7-redis", "livekit-redis") }];
  }

  private simulatorParts(label: readonly string[]): readonly object[] {
    const isOurs = label.includes("livekit-stack-simulator-id=ours");
    const isTests = label.includes(`livekit-stack-simulator=${simulatorNumbers.node}`);
    const [part] = isOurs ? ["rehearsal-gateway"] : isTests ? ["test-gateway"] : [];
    return part && !this.removed.includes(`/containers/${part}`) ? named(part) : [];
  }
}

function named(...names: readonly string[]): readonly object[] {
  return names.map((name) => ({ Id: name, Name: name, Names: [`/${name}`] }));
}

const home = mkdtempSync(join(tmpdir(), "livekit-leftovers-"));
const engine = new UsedEngine(join(home, "docker.sock"));

beforeAll(() => engine.start());
afterAll(async () => {
  await engine.stop();
  rmSync(home, { recursive: true });
});

test("removes the resources of interrupted tests on this Docker engine, but no resource of a user or of another engine", async () => {
  for (const id of ["ours", "elsewhere"]) {
    const folder = join(home, `livekit-rehearsal-${id}`, ".state/rehearsals/prod");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "simulator"), "50");
    writeFileSync(join(folder, "simulator-id"), id);
  }
  const lines: string[] = [];
  const docker = new Dockerode({ socketPath: join(home, "docker.sock") });
  await removeLeftovers(docker, (line) => lines.push(line), home);
  expect(engine.removed).toEqual([
    "/containers/stack-test-7-nginx",
    "/networks/stack-test-7",
    "/volumes/stack-test-7-redis",
    "/containers/test-gateway",
    "/containers/rehearsal-gateway",
  ]);
  expect(lines).toHaveLength(5);
  expect(readdirSync(home).sort()).toEqual(["docker.sock", "livekit-rehearsal-elsewhere"]);
});
