import { createHash, X509Certificate } from "node:crypto";
import { logLimits } from "../../../model/service";
import { type Bundle, metricsNamespace, secretNames } from "../../../templates/node/bundle";
import { nodePaths } from "../../../templates/node/paths";
import { agedCertificate } from "../../support/aged-certificate";
import { eventually } from "../../support/eventually";
import { groundSuite } from "../../support/ground-suite";
import { TestNode } from "../../support/test-node";

jest.setTimeout(300_000);

const services = ["lk-coturn", "lk-livekit", "lk-livekit-redis", "lk-nginx"];
const paths = {
  nginx: "stack/nginx/nginx.conf",
  livekit: "stack/livekit/livekit.yaml",
  journal: "system/etc/systemd/journald.conf.d/60-livekit.conf",
};
const mebibyte = 1024 * 1024;

let node: TestNode;

groundSuite("a node and the faults of its machine", () => {
  beforeAll(async () => {
    node = await TestNode.launch(23);
    expect(await node.apply()).toMatchObject({ exitCode: 0 });
  });

  afterAll(() => node?.remove());

  test("an image that is not there is refused, and nothing is touched", async () => {
    const before = await node.processes();
    const { exitCode, all } = await node.apply(withoutImage(node.bundle()));
    expect([exitCode, all]).toEqual([
      1,
      expect.stringContaining("the image localhost/no-such-image:1 is not to be had"),
    ]);
    expect(await node.report()).toMatchObject({ status: "refused", bundle: digest(node.bundle()) });
    expect(await node.processes()).toEqual(before);
  });

  test("a rollback brings the bundle before back, and the journal keeps to the size that its bundle says", async () => {
    const megabytes = 24;
    const withNginx = changed(node.bundle(), paths.nginx, /^/, "# another\n");
    const another = changed(withNginx, paths.journal, /SystemMaxUse=.*/, `SystemMaxUse=${megabytes}M`);
    expect(await node.apply(another)).toMatchObject({ exitCode: 0 });
    expect(await liveNginx()).toContain("# another");
    await floodJournal(4 * megabytes);
    const kept = await journalMebibytes();
    expect(kept).toBeGreaterThan(megabytes / 2);
    expect(kept).toBeLessThanOrEqual(megabytes);

    expect(await node.ask("rollback")).toMatchObject({ exitCode: 0, all: expect.stringContaining("healthy") });
    expect(await node.report()).toMatchObject({ status: "healthy", bundle: digest(node.bundle()) });
    expect(await liveNginx()).not.toContain("# another");
    expect(await onMachine("cat", `/${paths.journal.slice("system/".length)}`)).toContain("SystemMaxUse=500M");
    await serves();
  });

  test("the log of every container is capped", async () => {
    const caps = await onMachine("docker", "inspect", "--format", "{{json .HostConfig.LogConfig}}", ...services);
    for (const cap of lines(caps)) expect(JSON.parse(cap)).toEqual({ Type: "json-file", Config: logLimits });
  });

  test("calls outlive a restart of Docker", async () => {
    const before = await node.processes();
    await onMachine("systemctl", "restart", "docker");
    await healthy();
    expect(await node.processes()).toEqual(before);
    await serves();
  });

  test("a service that is killed is back by itself", async () => {
    const before = await node.processes();
    for (const name of services) await onMachine("kill", "-KILL", `${before[name]}`);
    await eventually(async () => {
      const now = await node.processes();
      for (const name of services) expect([name, now[name] ?? before[name]]).not.toEqual([name, before[name]]);
    }, 60_000);
    await serves();
  });

  test("Redis is back with the next apply, and nothing else restarts", async () => {
    const before = await node.processes();
    await onMachine("docker", "rm", "--force", "lk-livekit-redis");
    expect(await node.apply()).toMatchObject({ exitCode: 0 });
    const now = await node.processes();
    expect(now).toEqual({ ...before, "lk-livekit-redis": expect.any(Number) });
    expect(now["lk-livekit-redis"]).not.toBe(before["lk-livekit-redis"]);
    await serves();
  });

  test("a restart of the machine brings everything back, with the certificate that it had", async () => {
    const before = await serials();
    await node.machine.stop();
    await node.machine.start();
    expect(await node.machine.booted()).toMatchObject({ system: "running" });
    await converged();
    expect(await serials()).toEqual(before);
    await serves();
  });

  test("without AWS and without Redis' container, a machine that boots serves all the same", async () => {
    const before = await serials();
    await onMachine("docker", "rm", "--force", "lk-livekit-redis");
    await node.machine.stop();
    await node.ground.cut("aws");
    try {
      await node.machine.start();
      await serves();
      expect(await serials()).toEqual(before);
      await eventually(async () => expect(await journal("livekit-node")).toContain("asked in vain"), 60_000);
    } finally {
      await node.ground.mend("aws");
    }
    const processes = await node.processes();
    await converged();
    expect(await node.processes()).toEqual(processes);
  });

  test("an apply that loses power half-way is carried to its end by the next boot", async () => {
    const another = changed(node.bundle(), paths.livekit, /^/, "# another\n");
    const asked = node.apply(another);
    await eventually(() => onMachine("test", "-d", `${nodePaths.stack}/../before`), 60_000);
    await node.machine.stop({ graceSeconds: 0 });
    await node.machine.start();
    expect(await asked).toMatchObject({ exitCode: 0, all: expect.stringContaining("healthy") });
    expect(await node.report()).toMatchObject({ status: "healthy", bundle: digest(another) });
    await serves();
  });

  test("on a full disk an apply is refused, what serves is not touched, and it is done once there is room", async () => {
    // Whatever a test before this one has left in force.
    expect(await node.apply()).toMatchObject({ exitCode: 0 });
    const before = await node.processes();
    const folder = "/var/lib/livekit";
    // The folder alone, with no byte to spare.
    await onMachine(
      ...["sh", "-c", `mount -t tmpfs -o size=64m tmpfs /mnt && cp -a ${folder}/. /mnt && mount --move /mnt ${folder}`],
    );
    const another = changed(node.bundle(), paths.nginx, /^/, "# for a full disk\n");
    const refusal = async () => [await node.apply(another), await node.report()];
    const says = (text: RegExp) => [
      { exitCode: 1, stdout: "", all: expect.stringMatching(text) },
      { status: "refused", bundle: digest(node.bundle()), text: expect.stringMatching(text) },
    ];
    try {
      await onMachine("sh", "-c", `cat /dev/zero > ${folder}/full || true`);
      expect(await refusal()).toEqual(says(/nothing was touched: .*No space left on device/));
      // The bundle itself has room, and what it changes does not.
      await onMachine("truncate", "--size=-8M", `${folder}/full`);
      expect(await refusal()).toEqual(says(/nothing was touched: .* MiB of room left, and a change takes 16/));
      expect(await node.processes()).toEqual(before);
      await serves();
    } finally {
      await onMachine("umount", "--lazy", folder);
    }
    expect(await node.apply(another)).toMatchObject({ exitCode: 0 });
    expect(await node.processes()).toEqual(before);
  });

  test("while no certificate can be had the one in use stays, the alarm is told, and the next one is only reloaded", async () => {
    const aws = await node.aws();
    const { certificate } = secretNames(node.plan.namePrefix);
    const named = ["--secret-id", certificate];
    const { SecretString: good } = await aws.call<{ SecretString: string }>(
      ...["secretsmanager", "get-secret-value", ...named],
    );
    const before = { processes: await node.processes(), serials: await serials() };
    const old = await agedCertificate(node.plan.certificateNames, { lifeDays: 45, daysLeft: 3 });

    // Renewal is due, and certbot has none of its own to fall back on.
    await onMachine("rm", "-rf", "/var/lib/livekit/certbot");
    await node.ground.cut("acme");
    try {
      await aws.call("secretsmanager", "put-secret-value", ...named, "--secret-string", JSON.stringify(old));
      await onMachine("systemctl", "start", "livekit-certificate.service");
      expect(await serials()).toEqual(both(new X509Certificate(old.chain).serialNumber));
      expect(await journal("livekit-certificate")).toMatch(
        /the certificate of 3 more days stays in use: .*gave no certificate/,
      );
      // Of the last 15 days.
      expect(await renewalPercentLeft()).toBeCloseTo(20, 0);
    } finally {
      await node.ground.mend("acme");
    }

    await aws.call("secretsmanager", "put-secret-value", ...named, "--secret-string", good);
    await onMachine("systemctl", "start", "livekit-certificate.service");
    expect(await serials()).toEqual(before.serials);
    expect(await node.processes()).toEqual(before.processes);
    await serves();
  });
});

/** Every service healthy, and media on the shortest path and the longest. */
async function serves(): Promise<void> {
  await healthy();
  const { exitCode, all } = await node.smoke("--paths", "udp,turn-tls");
  expect([exitCode, all]).toEqual([0, expect.stringContaining("2 of 2 paths")]);
}

async function healthy(): Promise<void> {
  await eventually(async () => {
    const names = await onMachine("docker", "ps", "--filter", "health=healthy", "--format", "{{.Names}}");
    expect(lines(names).sort()).toEqual(services);
  }, 120_000);
}

/** Since this boot the node has been made what it is asked to be. */
async function converged(): Promise<void> {
  await eventually(async () => expect(await journal("livekit-node")).toContain("healthy: "), 120_000);
}

function onMachine(...command: readonly string[]): Promise<string> {
  return node.machine.run(command);
}

function journal(unit: string): Promise<string> {
  return onMachine("journalctl", "--boot", "--no-pager", "--output", "cat", "--unit", unit);
}

function liveNginx(): Promise<string> {
  return onMachine("cat", `${nodePaths.stack}/nginx/nginx.conf`);
}

/** In lines so long that the journal's limit of lines per time is not reached. */
async function floodJournal(mebibytes: number): Promise<void> {
  const flood = `base64 --wrap 40000 /dev/urandom | head --bytes ${mebibytes * mebibyte} | systemd-cat --identifier flood`;
  await onMachine("sh", "-c", flood);
  await onMachine("journalctl", "--sync");
}

async function journalMebibytes(): Promise<number> {
  const bytes = await onMachine("du", "--summarize", "--bytes", "/var/log/journal");
  return Number(bytes.split("\t")[0]) / mebibyte;
}

/** Serial numbers of the certificates that a client outside is shown: nginx', Coturn's. */
async function serials(): Promise<readonly string[]> {
  const { apiName, turnName, ports } = node.plan;
  return Promise.all([serial(apiName, ports.https.first), serial(turnName, ports.turnTls.first)]);
}

async function serial(name: string, port: number): Promise<string> {
  const ask = `openssl s_client -connect ${node.publicAddress}:${port} -servername ${name} </dev/null 2>/dev/null`;
  return eventually(async () => {
    const said = await node.ground.internet.run(["sh", "-c", `${ask} | openssl x509 -noout -serial`]);
    return said.trim().replace("serial=", "");
  }, 30_000);
}

const both = (number: string) => [number, number];

/** What CloudWatch was last told, the least of the last minutes. */
async function renewalPercentLeft(): Promise<number> {
  const aws = await node.aws();
  const span = [new Date(Date.now() - 600_000), new Date(Date.now() + 60_000)].map((time) => time.toISOString());
  const { Datapoints } = await aws.call<{ Datapoints: { Minimum: number }[] }>(
    ...["cloudwatch", "get-metric-statistics", "--namespace", metricsNamespace(node.plan.namePrefix)],
    ...["--metric-name", "CertificateRenewalPercentLeft", "--dimensions", `Name=Node,Value=${node.node.name}`],
    ...["--start-time", span[0] ?? "", "--end-time", span[1] ?? "", "--period", "60", "--statistics", "Minimum"],
  );
  return Math.min(...Datapoints.map(({ Minimum }) => Minimum));
}

/** @throws where the file does not hold what is to be replaced */
function changed(bundle: Bundle, path: string, from: string | RegExp, to: string): Bundle {
  const before = bundle[path] ?? "";
  const after = before.replace(from, to);
  if (after === before) throw new Error(`${path} holds no ${from}`);
  return { ...bundle, [path]: after };
}

function withoutImage(bundle: Bundle): Bundle {
  const { image } = JSON.parse(bundle["plan.json"] ?? "").services.find(
    ({ kind }: { kind: string }) => kind === "nginx",
  );
  const elsewhere = "localhost/no-such-image:1";
  return changed(changed(bundle, "plan.json", image, elsewhere), "stack/compose.yaml", image, elsewhere);
}

/** As the node's report names a bundle. */
function digest(bundle: Bundle): string {
  return createHash("sha256").update(JSON.stringify(bundle)).digest("hex");
}

function lines(text: string): string[] {
  return text.trim().split("\n");
}
