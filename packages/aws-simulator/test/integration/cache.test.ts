import { RevokeSecurityGroupIngressCommand } from "@aws-sdk/client-ec2";
import { builtImageName } from "../../../../images/catalog";
import { officialImageName } from "../../../../model/images";
import { ensureRehearsal, type RehearsalTools } from "../../../../scripts/toolchain/rehearsal";
import { eventually } from "../../../../test/support/eventually";
import { testMachine } from "../../../../test/support/machine";
import { simulatorNumbers } from "../../../../test/support/numbers";
import { permission, SimulatedRegion } from "../../../../test/support/simulator-account";
import { simulatorSuite } from "../../../../test/support/simulator-suite";
import { AwsSimulator } from "../../network/aws-simulator";
import type { Cache } from "../../network/cache";
import type { Machine } from "../../network/machine";

const number = simulatorNumbers.cache;
const subnet = { cidr: "10.20.0.0/19", zone: "eu-central-1a" };
const endpoint = "master.livekit.abc123.euc1.cache.amazonaws.com";
const password = "planted-token-0123456789";

let tools: RehearsalTools;
let simulator: AwsSimulator;
let region: SimulatedRegion;
let node: Machine;
let cache: Cache;

simulatorSuite("a simulator's ElastiCache", () => {
  beforeAll(async () => {
    tools = await ensureRehearsal(testMachine, () => {});
    simulator = await AwsSimulator.start({ docker: tools.docker, number, image: tools.simulatorImage });
    region = await SimulatedRegion.make(simulator, tools.simulatorImage, "eu-central-1", "10.20.0.0/16");
    const id = await region.subnet(subnet.cidr, subnet.zone);
    await region.allowIngress(permission("tcp", 6379, "10.20.0.4/32"));
    node = await region.launch("euc1-1", { ...subnet, id }, "10.20.0.4");
    cache = await simulator.cache({
      name: "redis",
      image: tools.imageSource === "build" ? builtImageName("redis") : officialImageName("redis"),
      endpoint,
      password,
      region: "eu-central-1",
      zone: subnet.zone,
      network: "10.20.0.0/16",
      subnet: subnet.cidr,
      privateAddress: "10.20.0.200",
      groups: [region.group],
    });
    // Sets the resolver and the root certificate as a boot would. This machine does not boot.
    await node.run([
      "sh",
      "-c",
      `echo "nameserver 10.20.0.2" > /etc/resolv.conf; echo '${await simulator.amazonRoot()}' > /root.pem`,
    ]);
  }, 900_000);

  afterAll(() => AwsSimulator.remove(tools.docker, number));

  test("Redis accepts a node's commands at the cache's DNS name over TLS, and only with the AUTH token", async () => {
    expect(await ask([`AUTH ${password}`, "SET greeting hello", "GET greeting"])).toEqual([
      "+OK",
      "+OK",
      "$5",
      "hello",
    ]);
    expect(await ask(["PING"])).toEqual(["-NOAUTH Authentication required."]);
    expect((await ask(["AUTH wrong"]))[0]).toMatch(/^-WRONGPASS/);
    expect((await ask([`AUTH ${password}`, "CONFIG GET save"]))[1]).toMatch(/^-NOPERM/);
  });

  test("Redis is reachable only from sources that its security group allows, and never from outside the VPC", async () => {
    const rule = permission("tcp", 6379, "10.20.0.4/32");
    await region.ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId: region.group, IpPermissions: [rule] }));
    await becomes(() => ask(["PING"]), ["timed out"]);
    await region.allowIngress(rule);
    await becomes(() => ask(["PING"]), ["-NOAUTH Authentication required."]);
    const outside = await simulator.internet.execute([
      "curl",
      "--max-time",
      "1",
      "--insecure",
      "https://10.20.0.200:6379",
    ]);
    expect(outside.code).toBe(28);
  });

  test("Redis keeps its data over a restart and does not answer while it is stopped", async () => {
    await cache.restart();
    expect(await ask([`AUTH ${password}`, "GET greeting"])).toEqual(["+OK", "$5", "hello"]);
    await cache.stop();
    expect((await ask(["PING"]))[0]).toMatch(/timed out|No route to host|refused/);
    await cache.start();
    await cache.command("FLUSHALL");
    expect(await ask([`AUTH ${password}`, "GET greeting"])).toEqual(["+OK", "$-1"]);
  });

  test("Redis accepts both AUTH tokens while another process rotates them, and only the new token afterwards", async () => {
    const slot = { docker: tools.docker, number, image: tools.simulatorImage };
    const found = await (await AwsSimulator.find(slot)).findCache("redis");
    expect(found?.record).toEqual(cache.record);
    await found?.authenticate([password, "another-token"]);
    expect(await ask([`AUTH ${password}`])).toEqual(["+OK"]);
    expect(await ask(["AUTH another-token"])).toEqual(["+OK"]);
    await found?.authenticate("another-token");
    expect((await ask([`AUTH ${password}`]))[0]).toMatch(/^-WRONGPASS/);
    await cache.restart();
    expect(await ask(["AUTH another-token"])).toEqual(["+OK"]);
    await cache.remove();
    expect(await (await AwsSimulator.find(slot)).findCache("redis")).toBeUndefined();
  });
});

/** Sends commands from the node and returns the answer lines. The node verifies the server's certificate and name. */
async function ask(commands: readonly string[]): Promise<string[]> {
  const script = `
import socket, ssl
try:
    plain = socket.create_connection(("${endpoint}", 6379), 2)
    redis = ssl.create_default_context(cafile="/root.pem").wrap_socket(plain, server_hostname="${endpoint}")
    answers = redis.makefile()
    for command in ${JSON.stringify(commands)}:
        redis.sendall((command + "\\r\\n").encode())
        line = answers.readline().strip()
        print(line)
        if line[0] == "$" and line != "$-1": print(answers.readline().strip())
except TimeoutError:
    print("timed out")
except OSError as error:
    print(error.strerror)
`;
  return (await node.run(["python3", "-c", script])).trim().split("\n");
}

async function becomes<T>(ask: () => Promise<T>, expected: T): Promise<void> {
  await eventually(async () => expect(await ask()).toEqual(expected), 20_000);
}
