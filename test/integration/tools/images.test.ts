import { PassThrough } from "node:stream";
import Dockerode from "dockerode";
import { coerce, gte } from "semver";
import { builtImageName, builtKinds } from "../../../images/catalog";
import { type BuiltKind, officialImages } from "../../../model/images";
import { buildImage, hasImage } from "../../../scripts/toolchain/image-build";

/** Settings of every service container: the hardening in components/local/service.ts. */
const hardening: Dockerode.HostConfig = {
  ReadonlyRootfs: true,
  CapDrop: ["ALL"],
  SecurityOpt: ["no-new-privileges"],
  NetworkMode: "none",
};

const docker = new Dockerode();

interface RunOptions {
  readonly user?: string;
  readonly tmpfs?: Record<string, string>;
  readonly capAdd?: string[];
}

/** Runs a command in a hardened container of the service's image. Returns its output and exit code. */
async function run(kind: BuiltKind, command: string[], options: RunOptions = {}) {
  const output = new PassThrough();
  const chunks: Buffer[] = [];
  output.on("data", (chunk: Buffer) => chunks.push(chunk));
  const [result, container] = await docker.run(builtImageName(kind), command.slice(1), output, {
    Entrypoint: command.slice(0, 1),
    User: options.user,
    Tty: true,
    HostConfig: { ...hardening, Tmpfs: options.tmpfs, CapAdd: options.capAdd },
  });
  // AutoRemove could delete the exit code before it is read.
  await container.remove();
  return { code: result.StatusCode as number, text: Buffer.concat(chunks).toString() };
}

const someUser = "4321:0";
/** Mount points that no image contains, because a tmpfs over an existing folder may keep that folder's mode. */
const scratch = { "/run/scratch": "mode=0770,gid=0", "/tmp": "" };

describe("the built images", () => {
  it("exist after a build of every missing image", async () => {
    for (const kind of builtKinds) await buildImage(kind, docker, () => {});
    expect(await Promise.all(builtKinds.map((kind) => hasImage(docker, builtImageName(kind))))).not.toContain(false);
  }, 900_000);

  it.each<[BuiltKind, string[]]>([
    ["livekit", ["/livekit-server", "--version"]],
    ["coturn", ["turnserver", "--version"]],
    ["redis", ["redis-server", "--version"]],
    ["nginx", ["nginx", "-v"]],
    ["prometheus", ["prometheus", "--version"]],
    ["node-exporter", ["node_exporter", "--version"]],
    ["blackbox-exporter", ["blackbox_exporter", "--version"]],
  ])(
    "%s runs as any user of group 0 on a read-only root, and has at least the minimum version",
    async (kind, command) => {
      const { code, text } = await run(kind, command, { user: someUser, capAdd: ["NET_BIND_SERVICE"] });
      expect({ code, text }).toMatchObject({ code: 0 });
      expect(gte(coerce(text) ?? "0.0.0", officialImages[kind].floor.version)).toBe(true);
    },
  );

  it("livekit reports the same version as the official image", async () => {
    const { text } = await run("livekit", ["/livekit-server", "--version"]);
    expect(`v${coerce(text)}`).toBe(officialImages.livekit.tag);
  });

  it.each<[BuiltKind, string]>([
    ["livekit", "wget"],
    ["coturn", "turnutils_stunclient"],
    ["coturn", "turnutils_uclient"],
    ["coturn", "turnadmin"],
    ["redis", "redis-cli"],
    ["nginx", "curl"],
    ["prometheus", "wget"],
    ["prometheus", "promtool"],
    ["node-exporter", "wget"],
    ["blackbox-exporter", "wget"],
  ])("%s has %s for its health checks", async (kind, program) => {
    expect((await run(kind, ["sh", "-c", `command -v ${program}`])).code).toBe(0);
  });

  it.each(builtKinds)("%s does not run as root by default, and contains no package lists", async (kind) => {
    const { Config } = await docker.getImage(builtImageName(kind)).inspect();
    expect(Config.User).toMatch(/^(?!0|root)./);
    expect((await run(kind, ["sh", "-c", "ls /var/lib/apt/lists | wc -l"])).text.trim()).toBe("0");
  });

  it("nginx has the modules that the templates use, and loads the stream module from the path in the templates", async () => {
    const { text } = await run("nginx", ["nginx", "-V"]);
    for (const module of ["http_v2", "http_realip", "http_ssl", "stream_ssl_preread"]) expect(text).toContain(module);
    const configuration =
      "include /etc/nginx/modules-enabled/*.conf; pid /run/scratch/pid; events {} stream { map $ssl_preread_server_name $x { default 1; } }";
    const command = `echo '${configuration}' > /run/scratch/nginx.conf && nginx -t -c /run/scratch/nginx.conf`;
    const result = await run("nginx", ["sh", "-c", command], { user: someUser, tmpfs: scratch });
    expect(result.text).toContain("test is successful");
  });

  it("coturn can write its secrets to a database on a tmpfs as any user of group 0", async () => {
    const database = "/run/scratch/turndb";
    const command = `turnadmin -s planted -r realm -b ${database} && turnadmin -S -r realm -b ${database}`;
    const options = { user: someUser, tmpfs: { ...scratch, "/var/tmp": "" }, capAdd: ["NET_BIND_SERVICE"] };
    const { text } = await run("coturn", ["sh", "-c", command], options);
    expect(text).toContain("planted[realm]");
    expect((await run("coturn", ["test", "-f", "/usr/share/coturn/schema.sql"])).code).toBe(0);
  });

  it("coturn, like the official image, does not start without NET_BIND_SERVICE: the program file has this capability", async () => {
    const { text } = await run("coturn", ["turnserver", "--version"]);
    expect(text).toContain("operation not permitted");
  });
});
