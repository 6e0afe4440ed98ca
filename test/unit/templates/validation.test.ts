import { serviceTrials } from "../../../model/trial";
import { bridgedHost, render } from "../../support/local-bundle";
import { testHost, testSecrets } from "../../support/settings";

const context = { namePrefix: "lab", labels: {}, images: { livekit: "livekit:1", nginx: "nginx:1" } };

function trials(values: Record<string, string> = {}, host = testHost) {
  const { specs, files } = render(values, testSecrets, host);
  return serviceTrials(specs, files, context).map(({ service, command, network, hosts, fix }) => ({
    service,
    argument: command.at(-1),
    network,
    hosts,
    fix,
  }));
}

test("LiveKit and nginx are validated by parsing their files in containers without a network", () => {
  expect(trials()).toMatchObject([
    { service: "livekit", argument: "ports", network: "none" },
    { service: "nginx", argument: "/config/nginx.conf", network: "none", hosts: [] },
  ]);
});

test.each([
  ['{"mode": "external", "address": "redis.example.com:6380"}', "redis.example.com:6380", "redis.address"],
  [
    '{"mode": "external", "sentinelMaster": "main", "sentinelAddresses": ["s1.example.com:26379"]}',
    "s1.example.com:26379",
    "redis.sentinelAddresses[0]",
  ],
])("the validation connects LiveKit to the external Redis of %s from LiveKit's own network", (redis, address, key) => {
  for (const host of [testHost, bridgedHost]) {
    const [parsed, reached] = trials({ redis }, host);
    expect(parsed).toMatchObject({ argument: "ports", network: "none" });
    expect(reached).toMatchObject({ argument: "list-nodes", network: host.network });
    expect(reached?.fix).toContain(address);
    expect(reached?.fix).toContain("REDIS_PASSWORD in .env");
    expect(reached?.fix).toContain(`pulumi config set --path 'livekit:${key}'`);
  }
});

test("on a Docker bridge, nginx's validation resolves the upstreams, because their names are container names", () => {
  const [, , nginx] = trials({ nodes: "2", domain: "example.com" }, bridgedHost);
  expect(nginx?.hosts).toEqual(["coturn:127.0.0.1", "livekit:127.0.0.1", "livekit-2:127.0.0.1"]);
});
