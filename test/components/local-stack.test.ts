import { monitoringKinds } from "../../model/images";
import type { TrialInput } from "../../model/trial";
import { type Registered, registerLocal as register } from "../support/local-stack";
import { configure, monitoredSecrets, testSecrets } from "../support/settings";

/** Key and value that mark a secret in the inputs that the SDK sends to the engine. */
const secretSignature = "4dabf18193072939515e22adb298388d";
const secretMark = "1b47061264138c4ac30d75fd1eb44270";

function containers(resources: readonly Registered[]) {
  return resources.filter(({ type, inputs }) => type === "docker:index/container:Container" && inputs.start !== false);
}

test("each container's name consists of livekit:namePrefix and the service's name", async () => {
  const names = containers(await register()).map(({ inputs }) => inputs.name);
  expect(names.sort()).toEqual([
    "inspire-lab-coturn",
    "inspire-lab-livekit",
    "inspire-lab-livekit-redis",
    "inspire-lab-nginx",
  ]);
});

test("every container is hardened and restarts by itself, and Pulumi waits until it is healthy", async () => {
  for (const { inputs } of containers(await register())) {
    expect(inputs).toMatchObject({
      readOnly: true,
      restart: "always",
      wait: true,
      securityOpts: ["no-new-privileges:true"],
      logOpts: { "max-size": "10m" },
    });
    expect(inputs.capabilities.drops).toEqual(["ALL"]);
    expect(inputs.healthcheck.tests[0]).toBe("CMD");
    expect(inputs.envs).toBeUndefined();
  }
});

test("nginx has the open file limit that its configuration needs", async () => {
  const nginx = containers(await register()).find(({ name }) => name === "nginx");
  expect(nginx?.inputs.ulimits).toEqual([{ name: "nofile", soft: 16_384, hard: 16_384 }]);
});

test("Docker publishes Redis' port on loopback only", async () => {
  const redis = containers(await register()).find(({ name }) => name === "livekit-redis");
  expect(redis?.inputs.ports).toEqual([{ internal: 6379, external: 6379, protocol: "tcp", ip: "127.0.0.1" }]);
});

test("secrets are only in uploaded files and the validation command's input, both marked as secret", async () => {
  const resources = await register();
  const planted = [...Object.values(testSecrets).filter((value) => value.startsWith("planted")), "planted-tls-key"];
  const withoutFiles = resources.map(({ inputs: { uploads, stdin, ...inputs } }) => inputs);
  for (const secret of planted) expect(JSON.stringify(withoutFiles)).not.toContain(secret);
  const uploads = JSON.stringify(resources.map(({ inputs }) => inputs.uploads));
  for (const secret of planted) expect(uploads).toContain(secret);
  for (const { inputs } of resources) {
    for (const place of [inputs.uploads, inputs.stdin].filter((each) => JSON.stringify(each)?.includes("planted"))) {
      expect(place[secretSignature]).toBe(secretMark);
    }
  }
});

test("configuration files are validated before any container or network is replaced", async () => {
  const names = (await register({ nodes: "2" })).map(({ type, name }) => [type, name]);
  const validation = names.findIndex(([, name]) => name === "validation");
  const replaced = names.findIndex(([type = ""]) => /^docker:index\/(container|network)/.test(type));
  expect(validation).toBeGreaterThan(0);
  expect(replaced).toBeGreaterThan(validation);
});

test("each service's configuration files, except nginx's static pages, are validated in the service's own image", async () => {
  const { inputs } = (await register({ nodes: "2" })).find(({ name }) => name === "validation") as Registered;
  const { trials, secrets }: TrialInput = JSON.parse(inputs.stdin.value);
  // The validation command redacts these secrets from the output of the programs that it runs.
  expect(secrets).toEqual(configure({}, monitoredSecrets).secrets);
  expect(trials.map(({ service, image }) => [service, image])).toEqual([
    ["livekit", "livekit-image-sha"],
    ["livekit-2", "livekit-image-sha"],
    ["nginx", "nginx-image-sha"],
  ]);
  const paths = trials.flatMap(({ files }) => files.map(({ path }) => path));
  expect([...new Set(paths)].sort()).toEqual(
    ["livekit.yaml", "nginx.conf", "tls.crt", "tls.key", "turn-secret"].map((name) => `/config/${name}`),
  );
});

test("monitoring containers have memory limits, and the monitoring password is only in secret files", async () => {
  const resources = await register({ monitoring: "true" });
  const limited = containers(resources).filter(({ inputs }) => inputs.memory !== undefined);
  expect(limited.map(({ name }) => name).sort()).toEqual([...monitoringKinds].sort());
  for (const { inputs } of limited) expect(inputs.memorySwap).toBe(inputs.memory);
  const password = monitoredSecrets.monitoringPassword;
  const withoutFiles = resources.map(({ inputs: { uploads, stdin, ...inputs } }) => inputs);
  expect(JSON.stringify(withoutFiles)).not.toContain(password);
  expect(JSON.stringify(resources.map(({ inputs }) => inputs.uploads))).toContain(password);
});

test("each service mounts its files by the id of a file container; changed files change the id and so replace the service", async () => {
  for (const { name, inputs } of containers(await register())) {
    expect(inputs.volumes[0]).toEqual({ fromContainer: `${name}-files-id:ro` });
  }
});

test("nginx's unprivileged workers may read the call page but no key", async () => {
  const holder = (await register()).find(({ name }) => name === "nginx-files");
  const permissions = Object.fromEntries(
    // The list is a secret, so the SDK wraps it.
    holder?.inputs.uploads.value.map((upload: Record<string, string>) => [upload["file"], upload["permissions"]]),
  );
  expect(permissions).toMatchObject({ "/config/tls.key": "0640", "/config/nginx.conf": "0640" });
  expect(permissions).toMatchObject({ "/config/call.html": "0644", "/config/call.js": "0644" });
});

test("a local stack with several nodes runs several LiveKit containers behind one nginx", async () => {
  const names = containers(await register({ nodes: "3" })).map(({ inputs }) => inputs.name);
  expect(names.filter((name) => /-livekit(-\d)?$/.test(name))).toHaveLength(3);
  expect(names.filter((name) => name.endsWith("nginx"))).toHaveLength(1);
});

test("a replaced LiveKit server also replaces nginx: a file of nginx has the ids of all LiveKit containers", async () => {
  const all = await register({ nodes: "2" });
  const uploads: Record<string, string>[] = all.find(({ name }) => name === "nginx-files")?.inputs.uploads.value;
  const { content } = uploads.find(({ file }) => file === "/config/deleted-before") ?? {};
  expect(content?.split("\n").sort()).toEqual(["livekit-2-id", "livekit-id"]);
  // The official Docker plugin does not detect changes of labels with unknown values, so no label may contain an id.
  for (const { inputs } of all) expect(JSON.stringify(inputs.labels ?? [])).not.toContain("-id");
});

test("the program passes the call page's script to Docker's plugin as a path: comparing the content takes seconds", async () => {
  const all = await register({}, { uploadSources: { "/config/call.js": "/cache/call.js" } });
  const uploads: Record<string, string>[] = all.find(({ name }) => name === "nginx-files")?.inputs.uploads.value;
  const script = uploads.find(({ file }) => file === "/config/call.js");
  expect(script).toEqual({ file: "/config/call.js", source: "/cache/call.js", permissions: "0644" });
});

test("the program builds each service's image before it creates the container, except for images that the user configures", async () => {
  const pinned = { images: '{"redis": "redis:8.2.9"}' };
  const builds = (await register(pinned, { buildImage: "build" })).flatMap(({ inputs }) => inputs.create ?? []);
  expect(builds.sort()).toEqual(["build coturn", "build livekit", "build nginx", "issue", "validate"]);
});

test("a changed certificate end date reissues the certificate", async () => {
  const certificate = async (certificateEnd: string) => {
    const { inputs } = (await register({}, { certificateEnd })).find(
      ({ name }) => name === "certificate",
    ) as Registered;
    expect(inputs.environment.CERTIFICATE_END).toBe(certificateEnd);
    return inputs.triggers;
  };
  const first = await certificate("2030-01-31");
  expect(await certificate("2030-01-31")).toEqual(first);
  expect(await certificate("2032-01-31")).not.toEqual(first);
});
