import { parse } from "yaml";
import { type Host, imageNames, planLocalFleet } from "../../../model/fleet";
import { planServices } from "../../../templates/bundle";
import { composeHeader, renderCompose } from "../../../templates/compose";
import { configure, monitoredSecrets, testHost } from "../../support/settings";

function render(values: Record<string, string> = {}, network: Host["network"] = "host") {
  const { settings } = configure(values, monitoredSecrets);
  const fleet = planLocalFleet(settings, { ...testHost, network });
  const specs = planServices(fleet, fleet.nodes[0]);
  const images = imageNames(settings);
  const text = renderCompose(fleet, specs, images);
  // Compose reads `$$` as a dollar sign.
  return { specs, images, text, compose: parse(text.replaceAll("$$", () => "$")) };
}

test.each(["host", "bridge"] as const)(
  "compose.yaml contains every property of every service with livekit:network %s",
  (network) => {
    const { specs, images, compose } = render({ nodes: "2" }, network);
    expect(Object.keys(compose.services)).toEqual(specs.map(({ name }) => name));
    for (const spec of specs) {
      const service = compose.services[spec.name];
      expect(service).toMatchObject({
        container_name: `inspire-lab-${spec.name}`,
        image: images[spec.kind],
        entrypoint: spec.entrypoint,
        command: spec.command,
        user: spec.user,
        cap_add: spec.capabilities,
        stop_grace_period: `${spec.stopGraceSeconds}s`,
        extra_hosts: Object.fromEntries(spec.hosts.map(({ name, address }) => [name, address])),
        healthcheck: { test: ["CMD", ...spec.healthCommand] },
      });
      expect(service.volumes[0]).toBe(`./${spec.name}:/config:ro`);
      if (spec.network === "host") {
        expect(service).toMatchObject({ network_mode: "host" });
        expect(service.networks ?? service.ports).toBeUndefined();
      } else {
        expect(service.networks.stack.aliases).toEqual(spec.aliases);
        expect(service.ports).toEqual(
          spec.publications.map((each) => `${each.address ?? "0.0.0.0"}:${each.port}:${each.port}/${each.protocol}`),
        );
      }
    }
  },
);

test("renders health checks without start_interval, which Docker engines before 25.0 do not support", () => {
  const checks = Object.values<{ healthcheck: object }>(render().compose.services).map(
    ({ healthcheck }) => healthcheck,
  );
  for (const check of checks) expect(check).toMatchObject({ interval: "2s", retries: 10 });
  expect(checks.filter((check) => "start_interval" in check)).toEqual([]);
});

test("a service's memory limit includes swap", () => {
  const { specs, compose } = render({ monitoring: "true" });
  const limits = specs.map(({ memoryMegabytes: most }) => (most === undefined ? undefined : `${most}m`));
  expect(limits.filter((limit) => limit !== undefined)).toHaveLength(4);
  const services = specs.map(({ name }) => compose.services[name]);
  expect(services.map(({ mem_limit }) => mem_limit)).toEqual(limits);
  expect(services.map(({ memswap_limit }) => memswap_limit)).toEqual(limits);
});

test("nginx has the open file limit that its configuration needs", () => {
  const { services } = render().compose;
  expect(services.nginx.ulimits).toEqual({ nofile: { soft: 16_384, hard: 16_384 } });
});

test("every container is hardened and restarts by itself", () => {
  for (const service of Object.values(render().compose.services)) {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ["ALL"],
      security_opt: ["no-new-privileges:true"],
      tmpfs: ["/tmp:rw,noexec,nosuid,size=64m"],
      logging: { driver: "json-file", options: { "max-size": "10m", "max-file": "3" } },
      restart: "always",
    });
  }
});

test("services wait until the services that they need are healthy", () => {
  const { services } = render({ nodes: "2" }).compose;
  const healthy = { condition: "service_healthy" };
  expect(services.coturn.depends_on).toEqual({});
  expect(services["livekit-2"].depends_on).toEqual({ "livekit-redis": healthy });
  expect(services.nginx.depends_on).toEqual({ coturn: healthy, livekit: healthy, "livekit-2": healthy });
});

test("networks and volumes in compose.yaml have the same names as in the Pulumi stack", () => {
  const { compose } = render({ namePrefix: "mine" });
  expect(compose.networks.stack.name).toBe("mine");
  expect(compose.volumes).toEqual({ "redis-data": { name: "mine-redis-data" } });
  expect(compose.services["livekit-redis"].volumes[1]).toBe("redis-data:/data");
});

test("with an external Redis no service waits for Redis, and there is no Redis volume", () => {
  const { compose } = render({ redis: '{"mode": "external", "address": "redis.example.com:6379"}' });
  expect(compose.services.livekit.depends_on).toEqual({});
  expect(compose.volumes).toEqual({});
});

test("compose.yaml has no Compose variable, and no value that YAML 1.1 parsers read as a base-60 number", () => {
  const { text } = render();
  expect(text.startsWith(composeHeader)).toBe(true);
  expect(text.replaceAll("$$", "")).not.toContain("$");
  expect(parse(text, { version: "1.1" }).services["livekit-redis"].user).toBe("999:0");
});
