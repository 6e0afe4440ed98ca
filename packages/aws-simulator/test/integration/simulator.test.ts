import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { ensureRehearsal, type RehearsalTools } from "../../../../scripts/toolchain/rehearsal";
import { nodeContents } from "../../../../scripts/toolchain/rehearsal-images";
import { eventually } from "../../../../test/support/eventually";
import { testMachine } from "../../../../test/support/machine";
import { simulatorNumbers } from "../../../../test/support/numbers";
import { simulatorSuite } from "../../../../test/support/simulator-suite";
import { AwsSimulator } from "../../network/aws-simulator";
import type { Machine } from "../../network/machine";
import { partsOf } from "../../network/parts";
import { addresses, interfaceOf } from "../../network/state";
import { trialMachine } from "../../network/trial";
import { echo, received } from "../support/simulator-packets";

const number = simulatorNumbers.machine;
const twinNumber = simulatorNumbers["machine's twin"];
const silent = () => {};
const domain = "example.com";
const elasticIp = "198.51.100.4";
/** Names of the simulator's veth interfaces, which must not exist on the host. */
const cables = [interfaceOf("machine", "10.20.0.4"), interfaceOf("client", "198.19.0.10")];

/** User data that writes a file. The file's content shows that the user data ran as root on this instance. */
const userData = '#!/bin/sh\necho "$(id -un) $(cloud-init query instance_id)" > /run/user-data\n';

let tools: RehearsalTools;
let serviceImages: readonly string[];
let simulator: AwsSimulator;
let machine: Machine;

simulatorSuite("the simulated AWS", () => {
  beforeAll(async () => {
    tools = await ensureRehearsal(testMachine, silent);
    serviceImages = nodeContents(tools.imageSource).images;
    await removeSimulators();
    simulator = await AwsSimulator.start({ docker: tools.docker, number, image: tools.simulatorImage });
    machine = await simulator.launch({
      ...trialMachine(tools.prebakedImage, userData),
      ingress: [
        { protocol: "tcp", first: 443, last: 443, cidrs: ["0.0.0.0/0"] },
        { protocol: "udp", first: 50000, last: 50100, cidrs: ["0.0.0.0/0"] },
        { protocol: "tcp", first: 7880, last: 7880, cidrs: ["10.0.0.0/8"] },
      ],
    });
  }, 900_000);

  afterAll(removeSimulators);

  test("a machine boots without a failed unit and runs its user data once", async () => {
    expect(await machine.booted(60)).toEqual({ system: "running", failedUnits: [], cloudInit: "done" });
    expect((await machine.run(["cat", "/run/user-data"])).trim()).toBe("root i-0123456789abcdef0");
    expect((await machine.run(["hostname"])).trim()).toBe("ip-10-20-0-4");
  });

  test("the machine's own Docker has the services' images and runs them", async () => {
    const listed = await machine.run(["docker", "images", "--format", "{{.Repository}}:{{.Tag}}"]);
    expect(listed.trim().split("\n").sort()).toEqual([...serviceImages].sort());
    const redis = serviceImages.find((name) => name.includes("redis")) ?? "";
    expect(await machine.run(["docker", "run", "--rm", redis, "redis-server", "--version"])).toContain("Redis server");
  });

  test("the metadata service requires a token and respects its hop limit", async () => {
    const ask = (path: string, ...options: string[]) =>
      machine.run(["curl", "--silent", "--max-time", "3", ...options, `http://${addresses.metadata}/latest/${path}`]);
    const status = ["--output", "/dev/null", "--write-out", "%{http_code}"];
    expect(await ask("meta-data/instance-id", ...status)).toBe("401");
    const token = await ask("api/token", "--request", "PUT", "--header", "X-aws-ec2-metadata-token-ttl-seconds: 60");
    const withToken = ["--header", `X-aws-ec2-metadata-token: ${token}`];
    expect(await ask("meta-data/instance-id", ...withToken)).toBe("i-0123456789abcdef0");
    expect(await ask("meta-data/local-ipv4", ...withToken)).toBe("10.20.0.4");
    expect(await ask("meta-data/public-ipv4", ...withToken)).toBe(elasticIp);
    expect(await ask("meta-data/placement/region", ...withToken)).toBe("eu-central-1");
    expect(await ask("user-data", ...withToken)).toBe(userData);
    expect(JSON.parse(await ask("dynamic/instance-identity/document", ...withToken))).toMatchObject({
      instanceId: "i-0123456789abcdef0",
      region: "eu-central-1",
    });
    // A container on a bridge is one hop farther away, so the hop limit blocks its request.
    const nginx = serviceImages.find((name) => name.includes("nginx")) ?? "";
    const bridged = await machine.execute([
      ...["docker", "run", "--rm", nginx, "curl", "--silent", "--max-time", "3"],
      `http://${addresses.metadata}/latest/meta-data/`,
    ]);
    expect(bridged.code).toBe(28);
  });

  test("the host's aws command and the machine's boto3 use the same simulated AWS; the machine uses its own role", async () => {
    await awsCli("s3", "mb", "s3://bundles");
    const secret = ["--name", "keys", "--secret-string", "from outside"];
    await awsCli("secretsmanager", "create-secret", ...secret);
    const script = `
import boto3
region = {"region_name": "eu-central-1"}
boto3.client("s3", **region).put_object(Bucket="bundles", Key="nodes/euc1-1/report", Body=b"healthy")
print(boto3.client("secretsmanager", **region).get_secret_value(SecretId="keys")["SecretString"])
print(boto3.Session().get_credentials().method)
`;
    expect(await machine.run(["python3", "-c", script])).toBe("from outside\niam-role\n");
    expect(await awsCli("s3", "cp", "s3://bundles/nodes/euc1-1/report", "-")).toBe("healthy");
    // Services inherit AWS_ENDPOINT_URL from systemd: their units do not set the variable.
    const unit = ["systemd-run", "--wait", "--pipe", "--quiet", "printenv", "AWS_ENDPOINT_URL"];
    expect((await machine.run(unit)).trim()).toBe("http://198.18.0.1:5000");
  });

  test("the account accepts only its simulator's access key from this machine, and no web page may read its answers", async () => {
    const url = `${simulator.awsEndpointUrl}/bundles/nodes/euc1-1/report`;
    const origin = "https://www.example.com";
    for (const headers of [{}, { authorization: authorization("rehearsal") }, { authorization: authorization("") }]) {
      for (const method of ["GET", "PUT", "OPTIONS"]) {
        const { status } = await fetch(url, { method, headers: { ...headers, origin } });
        expect([method, headers, status]).toEqual([method, headers, 403]);
      }
    }
    const headers = { authorization: authorization(simulator.accessKeyId), origin };
    const accepted = await fetch(url, { headers });
    expect([accepted.status, await accepted.text()]).toEqual([200, "healthy"]);
    expect([...accepted.headers.keys()].filter((name) => name.startsWith("access-control-"))).toEqual([]);
  });

  test("external clients and the machine resolve a Route 53 record to its current value", async () => {
    const { HostedZone: zone } = JSON.parse(
      await awsCli("route53", "create-hosted-zone", "--name", domain, "--caller-reference", "1"),
    );
    await record(zone.Id, `livekit.${domain}`, elasticIp);
    const lookUp = ["getent", "ahostsv4", `livekit.${domain}`];
    expect(await simulator.internet.run(lookUp)).toMatch(/^198\.51\.100\.4 /);
    await record(zone.Id, `livekit.${domain}`, "198.51.100.5");
    expect(await simulator.internet.run(lookUp)).toMatch(/^198\.51\.100\.5 /);
    expect(await machine.run(lookUp)).toMatch(/^198\.51\.100\.5 /);
    expect((await simulator.internet.execute(["getent", "ahostsv4", `missing.${domain}`])).code).toBe(2);
    await record(zone.Id, `livekit.${domain}`, elasticIp);
  });

  test("certbot on the machine gets a certificate by DNS-01", async () => {
    const names = [domain, `*.${domain}`];
    const env = { AWS_DEFAULT_REGION: "eu-central-1" };
    const options = ["--non-interactive", "--agree-tos", "--email", `admin@${domain}`, "--dns-route53"];
    const command = ["certbot", "certonly", ...options, "--server", simulator.acmeDirectoryUrl];
    await machine.run([...command, ...names.flatMap((name) => ["--domain", name])], { env });
    const pem = await machine.run(["cat", `/etc/letsencrypt/live/${domain}/fullchain.pem`]);
    const [leaf, intermediate] = pem.split(/(?<=-----END CERTIFICATE-----)\n/).map((text) => text.trim());
    const issued = new X509Certificate(leaf ?? "");
    expect(issued.subjectAltName?.split(", ").sort()).toEqual(names.map((name) => `DNS:${name}`).sort());
    const root = new X509Certificate(await simulator.issuingRoot());
    expect(new X509Certificate(intermediate ?? "").verify(root.publicKey)).toBe(true);
  });

  test("TCP and UDP packets to an Elastic IP reach the machine with the external client's source address", async () => {
    await echo(machine, "tcp", 443);
    await echo(machine, "udp", 50000);
    expect(await received(simulator.internet, "tcp", elasticIp, 443)).toBe(simulator.internet.address);
    expect(await received(simulator.internet, "udp", elasticIp, 50000)).toBe(simulator.internet.address);
  });

  test("a program of the host runs as an external client and resolves Route 53's names", async () => {
    const script = `require("net").connect(443, "livekit.${domain}").on("data", (d) => console.log(d.toString())).end("x")`;
    const [file, ...args] = await simulator.internet.command([process.execPath, "-e", script]);
    const { stdout } = await promisify(execFile)(file, args);
    expect(stdout.trim()).toBe(simulator.internet.address);
  });

  test("a port that the security group does not open, or only opens for other sources, does not answer", async () => {
    await echo(machine, "tcp", 8443);
    await echo(machine, "udp", 50101);
    await echo(machine, "tcp", 7880);
    expect(await received(simulator.internet, "tcp", elasticIp, 8443)).toBe("timed out");
    expect(await received(simulator.internet, "udp", elasticIp, 50101)).toBe("timed out");
    expect(await received(simulator.internet, "tcp", elasticIp, 7880)).toBe("timed out");
    await machine.change({
      ingress: [
        ...(machine.record.ingress ?? []),
        { protocol: "tcp", first: 8443, last: 8443, cidrs: [`${simulator.internet.address}/32`] },
      ],
    });
    expect(await received(simulator.internet, "tcp", elasticIp, 8443)).toBe(simulator.internet.address);
  });

  test("a machine cannot reach its own Elastic IP; a second machine reaches it with the second machine's Elastic IP as source", async () => {
    const connect = (address: string, port: number) => ["nc", "-w", "2", address, `${port}`];
    expect((await machine.execute(connect(elasticIp, 443))).stdout).toBe("");
    const second = await simulator.launch({
      ...trialMachine(tools.machineImage),
      name: "euc1-2",
      instanceId: "i-0123456789abcdef1",
      subnet: "10.20.32.0/19",
      privateAddress: "10.20.32.4",
      publicAddress: "198.51.100.5",
    });
    await second.booted(60);
    const say = (address: string, port: number) => ["sh", "-c", `echo x | nc -w 2 ${address} ${port}`];
    expect((await second.run(say(elasticIp, 443))).trim()).toBe("198.51.100.5");
    // Inside the VPC, the second machine's source address is its private address, which an ingress rule allows.
    expect((await second.run(say("10.20.0.4", 7880))).trim()).toBe("10.20.32.4");
    await second.terminate();
    expect(await simulator.machine("euc1-2")).toBeUndefined();
  });

  test("another process can find a running simulator's machine, change its address, and peer and unpeer VPCs", async () => {
    const slot = { docker: tools.docker, number, image: tools.simulatorImage };
    const found = await (await AwsSimulator.find(slot)).machine("euc1-1");
    expect(found?.record).toEqual(machine.record);
    await found?.change({ publicAddress: "198.51.100.6" });
    expect(await received(simulator.internet, "tcp", "198.51.100.6", 443)).toBe(simulator.internet.address);
    await machine.change({ publicAddress: elasticIp });
    expect(await received(simulator.internet, "tcp", elasticIp, 443)).toBe(simulator.internet.address);
    await simulator.peer("10.20.0.0/16", "10.30.0.0/16");
    await simulator.unpeer("10.30.0.0/16", "10.20.0.0/16");
  });

  test("a stopped machine keeps its disk and address when it starts again", async () => {
    await machine.run(["touch", "/var/lib/kept"]);
    await machine.stop();
    await machine.start();
    expect(await machine.booted(60)).toMatchObject({ system: "running", cloudInit: "done" });
    await machine.run(["test", "-e", "/var/lib/kept"]);
    await echo(machine, "tcp", 443);
    expect(await received(simulator.internet, "tcp", elasticIp, 443)).toBe(simulator.internet.address);
  });

  test("a second simulator can use the same addresses in isolation, and first removes the containers of its previous run", async () => {
    const slot = { docker: tools.docker, number: twinNumber, image: tools.simulatorImage };
    await AwsSimulator.start(slot);
    const second = await AwsSimulator.start(slot);
    expect(await partsOf(tools.docker, twinNumber)).toHaveLength(4);
    const twin = await second.launch(trialMachine(tools.machineImage));
    await twin.booted(60);
    expect((await second.internet.execute(["getent", "ahostsv4", `livekit.${domain}`])).stdout).not.toContain(
      elasticIp,
    );
    await machine.run(["test", "-e", "/var/lib/kept"]);
    expect((await twin.execute(["test", "-e", "/var/lib/kept"])).code).toBe(1);
    await second.stop();
    expect(await received(simulator.internet, "tcp", elasticIp, 443)).toBe(simulator.internet.address);
  });

  test("a simulator that stops leaves no container or volume, and does not remove a later simulator with the same number", async () => {
    const volumes = await ownVolumes();
    expect(volumes.length).toBeGreaterThan(0);
    await AwsSimulator.remove(tools.docker, number, { id: "another" });
    expect(await received(simulator.internet, "tcp", elasticIp, 443)).toBe(simulator.internet.address);
    await simulator.stop();
    expect(await partsOf(tools.docker, number)).toEqual([]);
    await eventually(async () => {
      const { Volumes } = await tools.docker.listVolumes();
      expect(Volumes.filter(({ Name }) => volumes.includes(Name))).toEqual([]);
      expect(readdirSync("/sys/class/net").filter((name) => cables.includes(name))).toEqual([]);
    }, 20_000);
  });
});

/** Returns the header of a signed request. moto does not check the signature. */
function authorization(accessKeyId: string): string {
  const credential = `Credential=${accessKeyId}/20260101/eu-central-1/s3/aws4_request`;
  return `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=host, Signature=0`;
}

async function removeSimulators(): Promise<void> {
  await Promise.all([number, twinNumber].map((each) => AwsSimulator.remove(tools.docker, each)));
}

function awsCli(...args: readonly string[]): Promise<string> {
  const env = { ...simulator.environment, AWS_DEFAULT_REGION: "eu-central-1" };
  return testMachine.run(join(tools.awsFolder, "aws"), args, { env });
}

function record(zone: string, name: string, address: string): Promise<string> {
  const set = { Name: name, Type: "A", TTL: 60, ResourceRecords: [{ Value: address }] };
  const batch = JSON.stringify({ Changes: [{ Action: "UPSERT", ResourceRecordSet: set }] });
  return awsCli("route53", "change-resource-record-sets", "--hosted-zone-id", zone, "--change-batch", batch);
}

/**
 * Returns the volumes of the simulator's containers. Once the containers are gone, only a volume's name identifies it.
 */
async function ownVolumes(): Promise<readonly string[]> {
  const parts = await partsOf(tools.docker, number);
  return parts.flatMap(({ Mounts }) => Mounts.flatMap(({ Name }) => Name ?? []));
}
