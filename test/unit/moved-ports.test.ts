import { Readable } from "node:stream";
import type Dockerode from "dockerode";
import { planLocalFleet } from "../../model/fleet";
import { localOutputs } from "../../model/outputs";
import { defaultPorts, portNames } from "../../model/ports/table";
import { renderFiles } from "../../model/service";
import { iceServer, turnServers } from "../../model/turn-servers";
import type { Check } from "../../scripts/doctor/check";
import type { DoctorContext } from "../../scripts/doctor/context";
import { livekitChecks } from "../../scripts/doctor/livekit";
import { portChecks, stunCheck } from "../../scripts/doctor/ports";
import { redisChecks } from "../../scripts/doctor/redis";
import { turnCheck } from "../../scripts/doctor/turn";
import { portClaims } from "../../scripts/lib/check-ports";
import { planServices } from "../../templates/bundle";
import { configure, monitoredSecrets, testHost } from "../support/settings";

const moved = {
  api: 27880,
  iceTcp: 27881,
  iceUdp: 27882,
  media: "61000-61100",
  turn: 23478,
  turnTls: 25349,
  relay: "62000-62100",
  https: 20443,
};
const redisPort = 26379;
const defaults = [...portNames.map((name) => defaultPorts[name].first), 6379];
const settingsToMove: readonly Readonly<Record<string, string>>[] = [
  {},
  { nodes: "3" },
  { mediaTransport: "mux" },
  { mediaTransport: "range" },
  { domain: "example.com" },
  { monitoring: "true" },
];
const stacks = settingsToMove.flatMap((values) =>
  (["host", "bridge"] as const).map((network) => [values, network] as const),
);

/** Finds default ports that are not part of another number, such as an address or a name. */
function defaultsIn(value: unknown): string[] {
  return JSON.stringify(value).match(new RegExp(`(?<![\\d.])(${defaults.join("|")})(?![\\d.])`, "g")) ?? [];
}

function plan(values: Readonly<Record<string, string>>, network: "host" | "bridge") {
  const ports = { ports: JSON.stringify(moved), redis: JSON.stringify({ port: redisPort }) };
  const { settings, secrets } = configure({ ...ports, ...values }, monitoredSecrets);
  const fleet = planLocalFleet(settings, { ...testHost, network });
  const [node] = fleet.nodes;
  const commands: string[][] = [];
  const exec = async ({ Cmd }: { Cmd: string[] }) => {
    commands.push(Cmd);
    return { start: async () => Readable.from([]) };
  };
  const docker = { getContainer: () => ({ exec }) } as unknown as Dockerode;
  const specs = planServices(fleet, node);
  const context: DoctorContext = { stack: "dev", fleet, node, secrets, specs, docker };
  return { context, secrets, commands };
}

test.each(stacks)(
  "a stack that sets %j and overrides all ports (%s network) uses no default port in any command or check",
  async (values, network) => {
    const { context, secrets, commands } = plan(values, network);
    const { fleet, node, specs } = context;
    const checks = [...portChecks(context), stunCheck(context), turnCheck(context), ...livekitChecks(context)];
    const said = [...checks, ...redisChecks(context)].map(({ title, fix }: Check) => [title, fix]);
    const servers = turnServers(fleet, node, { plain: "relay", secure: "relay" });
    const served = iceServer(servers, { username: "", password: "", ttl: 1 });
    expect(defaultsIn([said, portClaims(fleet), localOutputs(fleet, secrets), served])).toEqual([]);
    const files = renderFiles(specs, { secrets, certificate: { chain: "", key: "" } });
    expect(specs.flatMap(({ name, ...spec }) => (defaultsIn([spec, files[name]]).length > 0 ? [name] : []))).toEqual(
      [],
    );
    for (const { run } of redisChecks(context)) await run(AbortSignal.timeout(1000)).catch(() => undefined);
    expect(commands).toEqual([
      ["redis-cli", "-p", `${redisPort}`, "ping"],
      ["redis-cli", "-p", `${redisPort}`, "ping"],
    ]);
  },
);
