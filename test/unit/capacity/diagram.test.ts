import { awsFleet, planAws } from "../../../model/aws/plan";
import { mermaid } from "../../../model/capacity/diagram";
import { planLocalFleet } from "../../../model/fleet";
import { configure, configureAws, testHost, testRegion } from "../../support/settings";
import { parseFlowchart } from "./flowchart";

const local = (values = {}) => parseFlowchart(mermaid(planLocalFleet(configure(values).settings, testHost)));

function onAws(values = {}) {
  const plan = planAws(configureAws(values).settings);
  return parseFlowchart(mermaid(awsFleet(plan), plan));
}

/** Builds the diagram of settings that were not validated. */
function manyRegions(settings: object) {
  const plan = planAws({ ...configureAws().settings, ...settings } as Parameters<typeof planAws>[0]);
  return parseFlowchart(mermaid(awsFleet(plan), plan));
}

test("the diagram of a local stack shows one machine with its services and their ports", () => {
  const { boxes, subgraphs } = local();
  expect([...subgraphs.values()]).toEqual([{ title: "local", parent: undefined }]);
  expect(boxes.get("local_nginx")).toMatchObject({ parent: "node_local", lines: ["nginx", "443/tcp"] });
  // With mediaTransport multiMux, LiveKit uses as many UDP ports as the machine has cores.
  expect(boxes.get("local_livekit")?.lines).toEqual(["LiveKit", "7880/tcp", "7881/tcp", "50000-50003/udp"]);
  expect(boxes.get("local_coturn")?.lines).toContain("relay 49152-49252/udp");
  expect(boxes.get("local_redis")?.lines).toEqual(["Redis", "6379/tcp, loopback"]);
});

test("the diagram shows the ports that the settings define", () => {
  const { boxes } = local({ ports: '{"https": 8443}', redis: '{"port": 6380}', mediaTransport: "mux" });
  expect(boxes.get("local_nginx")?.lines).toContain("8443/tcp");
  expect(boxes.get("local_redis")?.lines).toContain("6380/tcp, loopback");
  expect(boxes.get("local_livekit")?.lines).toContain("7882/udp");
});

test("the diagram's arrows lead from clients to nginx, LiveKit and the relay, from nginx and relay to LiveKit, and from LiveKit to Redis", () => {
  const { arrows } = local();
  const to = (id: string) => [...new Set(arrows.filter((each) => each.to === id).map(({ from }) => from))].toSorted();
  expect(to("local_nginx")).toEqual(["clients"]);
  expect(to("local_coturn")).toEqual(["clients"]);
  expect(to("local_livekit")).toEqual(["clients", "local_coturn", "local_nginx"]);
  expect(to("local_redis")).toEqual(["local_livekit"]);
});

test("the diagram shows nginx in front of several LiveKit servers on a machine, and direct TCP at one server only", () => {
  const { boxes, arrows } = local({ nodes: "3" });
  const servers = ["local_livekit", "local_livekit_2", "local_livekit_3"];
  const balanced = arrows.filter(({ from, to }) => from === "local_nginx" && servers.includes(to));
  expect(balanced.map(({ to }) => to)).toEqual(servers);
  expect(servers.filter((id) => boxes.get(id)?.lines.includes("7881/tcp"))).toEqual(["local_livekit"]);
});

test("the diagram of a stack on AWS shows the node's downloads from AWS and its requests to the certificate authority", () => {
  const { subgraphs, arrows } = onAws();
  expect(subgraphs.get("region_euc1")?.title).toBe("eu-central-1 10.0.0.0/16, primary");
  expect(subgraphs.get("node_euc1_1")).toEqual({ title: "euc1-1, c7i.large", parent: "region_euc1" });
  expect(arrows).toContainEqual(expect.objectContaining({ from: "node_euc1_1", to: "aws" }));
  expect(arrows).toContainEqual(expect.objectContaining({ from: "node_euc1_1", to: "ca" }));
  expect(arrows).toContainEqual(expect.objectContaining({ from: "euc1_1_nginx", to: "euc1_1_coturn" }));
});

test("the diagram shows direct access to LiveKit's HTTP API only if the settings open it", () => {
  const open = ({ arrows }: ReturnType<typeof onAws>) => arrows.filter(({ label }) => label.startsWith("HTTP API"));
  expect(open(onAws())).toHaveLength(1);
  expect(open(onAws({ apiIngress: "vpc" }))).toHaveLength(0);
  expect(open(local({ nodes: "2" }))).toHaveLength(0);
});

test("the diagram shows one Redis that all regions share, and a load balancer in each region", () => {
  const { boxes, arrows, subgraphs } = manyRegions({
    redis: { mode: "elasticache" },
    loadBalancer: "nlb",
    regions: [
      { ...testRegion, nodes: 2, primary: true },
      { ...testRegion, name: "us-east-1", cidr: "10.1.0.0/16", nodes: 1, primary: false },
    ],
  });
  expect([...subgraphs.keys()].filter((id) => id.startsWith("node_"))).toHaveLength(3);
  expect(boxes.get("elasticache")?.parent).toBe("region_euc1");
  expect(arrows.filter(({ to }) => to === "elasticache").map(({ from }) => from)).toEqual([
    "euc1_1_livekit",
    "euc1_2_livekit",
    "use1_1_livekit",
  ]);
  expect(boxes.has("euc1_1_redis")).toBe(false);
  const ofBalancer = (id: string) => arrows.filter(({ from, to }) => from === id || to === id);
  expect(ofBalancer("nlb_euc1").map(({ from, to }) => [from, to])).toEqual([
    ["clients", "nlb_euc1"],
    ["nlb_euc1", "euc1_1_nginx"],
    ["nlb_euc1", "euc1_2_nginx"],
  ]);
  expect(arrows.filter(({ to }) => to === "ca")).toHaveLength(1);
});

test("the diagram shows an external Redis outside of the machine", () => {
  const { boxes, arrows } = local({ redis: '{"mode": "external", "address": "redis.example.com:6379"}' });
  expect(boxes.get("external_redis")?.parent).toBeUndefined();
  expect(arrows).toContainEqual(expect.objectContaining({ from: "local_livekit", to: "external_redis" }));
});
