import {
  ChangeResourceRecordSetsCommand,
  CreateHealthCheckCommand,
  CreateHostedZoneCommand,
  type ResourceRecordSet,
  Route53Client,
  UpdateHealthCheckCommand,
} from "@aws-sdk/client-route-53";
import { ensureRehearsal, type RehearsalTools } from "../../../../scripts/toolchain/rehearsal";
import { eventually } from "../../../../test/support/eventually";
import { testMachine } from "../../../../test/support/machine";
import { simulatorNumbers } from "../../../../test/support/numbers";
import { awsOptions, permission, SimulatedRegion } from "../../../../test/support/simulator-account";
import { simulatorSuite } from "../../../../test/support/simulator-suite";
import { required } from "../../../provider-kit/required";
import { AwsSimulator } from "../../network/aws-simulator";
import type { Machine } from "../../network/machine";
import { hush } from "../support/simulator-packets";

const number = simulatorNumbers.names;
const subnet = { cidr: "10.20.0.0/19", zone: "eu-central-1a" };
const [first, second] = ["198.51.100.4", "198.51.100.5"] as const;
const name = "euc1.example.com";

/** Deadline for a change of health: two checks two seconds apart, plus a poll of the AWS API, with a reserve. */
const noticedMs = 10_000;

let tools: RehearsalTools;
let simulator: AwsSimulator;
let route53: Route53Client;
let machines: readonly Machine[];
let checks: readonly string[];

simulatorSuite("a simulator's DNS names with health checks", () => {
  beforeAll(async () => {
    tools = await ensureRehearsal(testMachine, () => {});
    simulator = await AwsSimulator.start({ docker: tools.docker, number, image: tools.simulatorImage });
    const region = await SimulatedRegion.make(simulator, tools.simulatorImage, "eu-central-1", "10.20.0.0/16");
    const id = await region.subnet(subnet.cidr, subnet.zone);
    await region.allowIngress(permission("tcp", 443));
    machines = await Promise.all([
      region.launch("euc1-1", { ...subnet, id }, "10.20.0.4", first),
      region.launch("euc1-2", { ...subnet, id }, "10.20.0.5", second),
    ]);
    await Promise.all(machines.map(serve));
    route53 = new Route53Client(awsOptions(simulator, "us-east-1"));
    const made = await route53.send(new CreateHostedZoneCommand({ Name: "example.com", CallerReference: "1" }));
    const zone = required(made.HostedZone?.Id, "Id");
    checks = [await record(zone, first), await record(zone, second)];
  }, 900_000);

  afterAll(() => AwsSimulator.remove(tools.docker, number));

  test("the name server returns both addresses if both servers answer their HTTPS health checks", async () => {
    await becomes([first, second]);
  });

  test("the name server omits an address while its server does not answer the health check", async () => {
    const [machine] = machines;
    if (machine === undefined) throw new Error("the simulator has no first machine");
    await hush(machine, 443);
    await becomes([second]);
    await serve(machine);
    await becomes([first, second]);
  });

  test("a disabled and inverted health check removes its address from DNS; a check that is only disabled or only inverted keeps a dead address", async () => {
    const [, machine] = machines;
    if (machine === undefined) throw new Error("the simulator has no second machine");
    const change = (Disabled: boolean, Inverted: boolean) =>
      route53.send(new UpdateHealthCheckCommand({ HealthCheckId: checks[1], Disabled, Inverted }));
    await change(false, true);
    await becomes([first]);
    await hush(machine, 443);
    await becomes([first, second]);
    await change(true, true);
    await becomes([first]);
    await change(true, false);
    await becomes([first, second]);
    await change(false, false);
    await becomes([first]);
    await serve(machine);
    await becomes([first, second]);
  });
});

/** Creates a weighted record with a health check for an address. Returns the check's id. */
async function record(zone: string, address: string): Promise<string> {
  const { HealthCheck } = await route53.send(
    new CreateHealthCheckCommand({
      CallerReference: address,
      HealthCheckConfig: {
        Type: "HTTPS",
        IPAddress: address,
        Port: 443,
        FullyQualifiedDomainName: "livekit.example.com",
        EnableSNI: true,
        ResourcePath: "/",
        RequestInterval: 2,
        FailureThreshold: 2,
      },
    }),
  );
  const ResourceRecordSet: ResourceRecordSet = {
    Name: name,
    Type: "A",
    TTL: 1,
    SetIdentifier: address,
    Weight: 10,
    HealthCheckId: HealthCheck?.Id,
    ResourceRecords: [{ Value: address }],
  };
  const ChangeBatch = { Changes: [{ Action: "CREATE" as const, ResourceRecordSet }] };
  await route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: zone, ChangeBatch }));
  return required(HealthCheck?.Id, "Id");
}

/**
 * Starts an HTTPS server that answers 200 to requests with the name in SNI and Host. The server's certificate is
 * self-signed.
 */
async function serve(machine: Machine): Promise<void> {
  const script = `
import http.server, ssl
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        well = self.headers["host"] == "livekit.example.com" and self.connection.requested == "livekit.example.com"
        self.send_response(200 if well else 421); self.end_headers()
server = http.server.ThreadingHTTPServer(("0.0.0.0", 443), Handler)
tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
tls.load_cert_chain("/server.pem")
def store_name(connection, name, context): connection.requested = name
tls.sni_callback = store_name
server.socket = tls.wrap_socket(server.socket, server_side=True)
server.serve_forever()
`;
  const certificate = "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=x -keyout /server.pem -out /certificate.pem";
  const prepare = `${certificate} 2>/dev/null && cat /certificate.pem >> /server.pem`;
  await machine.run(["sh", "-c", `${prepare} && setsid --fork "$@" > /dev/null 2>&1`, "sh", "python3", "-c", script]);
}

/** Waits until twenty lookups return exactly these addresses. */
async function becomes(expected: readonly string[]): Promise<void> {
  const ask = `for i in $(seq 20); do getent ahostsv4 ${name}; done | cut -d' ' -f1 | sort -u`;
  await eventually(async () => {
    const found = await simulator.internet.run(["sh", "-c", ask]);
    expect(found.trim().split("\n")).toEqual(expected);
  }, noticedMs);
}
