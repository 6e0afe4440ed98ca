import { testSecrets } from "../../../../support/settings";
import type { TestNode } from "../../../../support/test-node";

/** Paths that a node's programs write to. The images' own layers contain no secret of a stack. */
const written = [
  ...["/etc", "/home", "/root", "/run", "/tmp", "/usr/local", "/var/lib/cloud", "/var/lib/livekit", "/var/log"],
  ...["/var/lib/docker/volumes", "/var/lib/docker/containers", "/var/tmp"],
];

/**
 * All planted secrets have this prefix. The tests search for the prefix, so that no complete secret appears in a search
 * command.
 */
const mark = "planted-";
/**
 * The tests search for the first characters of the metrics password, which derives from the API secret and has no
 * planted prefix. This length identifies the password without revealing the rest.
 */
const markLength = 12;

/**
 * Tests that secrets are only in the files of the services that need them.
 * @param processes every command line seen while the node applied its bundle
 */
export function secretControls(context: () => TestNode, processes: () => string): void {
  const marks = () => [mark, context().secrets.metricsPassword.slice(0, markLength)];
  const holdsSecret = (text: string) => marks().some((each) => text.includes(each));
  /** Returns the lines that contain a secret, with the secret replaced by `<secret>`. */
  const linesWith = (text: string) =>
    text
      .split("\n")
      .filter(holdsSecret)
      .map((line) => line.replaceAll(new RegExp(`(${marks().join("|")})\\S*`, "g"), "<secret>").slice(0, 200));

  test("every planted secret begins with the prefix that these tests search for", () => {
    const { apiKeys, turnSecrets, redisPassword } = context().secrets;
    const planted = [...apiKeys.map(({ secret }) => secret), ...turnSecrets, redisPassword];
    expect(planted.every((secret) => secret.startsWith(mark))).toBe(true);
    expect(planted).toHaveLength(Object.values(testSecrets).length - 1);
    expect(marks()).toEqual([mark, expect.stringMatching(/^[0-9a-f]{12}$/)]);
  });

  test("no secret is in the user data that the metadata service returns", async () => {
    const data = await context().machine.run(["sh", "-c", metadata("user-data")]);
    expect(data).toMatch(/^#cloud-config/);
    expect(linesWith(data)).toEqual([]);
  });

  test("no secret is in any version of a bundle, a request or a report", async () => {
    const objects = await context().objects();
    const keys = objects.map(({ key }) => key);
    expect(keys).toContain(`bundles/${context().node.name}.json`);
    expect(keys).toContain(`nodes/${context().node.name}/report`);
    expect(objects.filter(({ content }) => holdsSecret(content)).map(({ key }) => key)).toEqual([]);
  });

  test("no secret is in the journal, a container's log or docker inspect", async () => {
    const journal = await context().machine.run(["journalctl", "--no-pager", "--output=export", "--all"]);
    expect(journal).toContain("livekit-node.service");
    const containers = await context().machine.run(["sh", "-c", "docker inspect $(docker ps --all --quiet)"]);
    expect(containers).toContain("lk-coturn");
    const logs = await context().machine.run([
      ...["sh", "-c", "for each in $(docker ps --all --quiet); do docker logs $each 2>&1; done"],
    ]);
    expect(logs).toContain("starting LiveKit server");
    expect(linesWith(journal + containers + logs)).toEqual([]);
  });

  test("no secret was in a process list while the node applied its bundle", () => {
    expect(processes()).toContain("docker compose");
    expect(linesWith(processes())).toEqual([]);
  });

  test("only root, or the service that owns the data, can read files with a secret", async () => {
    const found = await context().machine.execute([
      ...[
        "sh",
        "-c",
        `grep --recursive --files-with-matches --null --regexp ${marks().join(" --regexp ")} "$@" | xargs -0 stat -c '%a %U:%G %n'`,
        "sh",
      ],
      ...written,
    ]);
    const files = found.stdout.trim().split("\n").toSorted();
    const stack = "/var/lib/livekit/stack";
    expect(files).toEqual(
      [
        `640 root:root ${stack}/coturn/turn-secrets`,
        `640 root:root ${stack}/livekit-redis/password`,
        `640 root:root ${stack}/livekit-redis/redis.conf`,
        `640 root:root ${stack}/livekit/livekit.yaml`,
        `640 root:root ${stack}/livekit/turn-secret`,
        // Coturn's own database, which it reads and writes while it runs.
        "600 nobody:root /var/lib/docker/volumes/lk-coturn-data/_data/turndb",
      ].toSorted(),
    );
  });

  test("only root can read private keys", async () => {
    const found = await context().machine.run([
      ...["sh", "-c", "grep -rlZ 'PRIVATE KEY' /var/lib/livekit | xargs -0 stat -c '%a %U:%G %n'"],
    ]);
    const files = found.trim().split("\n");
    expect(files.length).toBeGreaterThanOrEqual(3);
    expect(files.filter((file) => !/^6[04]0 root:root /.test(file))).toEqual([]);
  });
}

/** Renders a shell command that queries the metadata service as the current user. */
export function metadata(path: string): string {
  const [base, header] = ["http://169.254.169.254/latest", "X-aws-ec2-metadata-token"];
  const curl = "curl --silent --fail --max-time 2";
  return `token=$(${curl} --request PUT --header '${header}-ttl-seconds: 60' ${base}/api/token) \
&& ${curl} --header "${header}: $token" ${base}/${path}`;
}
