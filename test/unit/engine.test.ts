import { join } from "node:path";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { engineEnvironment, follow, noSuchStack } from "../../scripts/lib/engine";
import { cachePlace } from "../../stacks/cache";
import { documents } from "../support/documents";

test("the error about a missing stack suggests logging in to another backend first, and refers to docs/aws.md", () => {
  const [, guide = ""] = documents.find(([path]) => path === "docs/aws.md") ?? [];
  const { message } = noSuchStack("prod");
  expect(message).toMatch(
    /Log in to the stack's backend with: pulumi login;.* "Create the state backend" in docs\/aws\.md/,
  );
  expect(guide).toMatch(/^### Create the state backend$/m);
});

test("the Pulumi engine, its plugins and a shell bypass the proxy to reach the Docker engine", () => {
  const before = { ...process.env };
  const own = { PULUMI_BACKEND_URL: "file:///nowhere", PULUMI_CONFIG_PASSPHRASE: "none" };
  Object.assign(process.env, own, { https_proxy: "http://proxy:3128", NO_PROXY: ".corp" });
  const pulumi = { command: "/bin/pulumi", version: "3.250.0", source: "PATH" } as const;
  try {
    const environment = engineEnvironment({ pulumi, dockerHost: "tcp://192.0.2.9:2375" }, "dev");
    expect(environment["no_proxy"]?.split(",")).toEqual(expect.arrayContaining([".corp", "192.0.2.9"]));
    expect(environment["NO_PROXY"]).toBe(environment["no_proxy"]);
  } finally {
    process.env = before;
  }
});

test("an error of the Pulumi engine suggests fixing the error and running the command again", async () => {
  const failing = () => Promise.reject(Object.assign(new Error("error: the port is taken"), { commandResult: {} }));
  await expect(follow(failing, () => {})).rejects.toThrow(
    /^the engine: the port is taken\. Fix the error above and run the command again$/,
  );
});

test("the progress of an update shows changes of resources, and omits components, providers and the stack", async () => {
  const step = (op: string, type: string, custom: boolean) => ({
    resourcePreEvent: {
      metadata: {
        op,
        type,
        urn: `urn:pulumi:dev::livekit::parent$${type}::one`,
        [op === "delete" ? "old" : "new"]: { custom },
      },
    },
  });
  const shown: string[] = [];
  await follow(
    async ({ onEvent }) => {
      for (const event of [
        step("create", "pulumi:pulumi:Stack", false),
        step("create", "pulumi:providers:docker", true),
        step("create", "livekit:local:Service", false),
        step("create", "docker:index/container:Container", true),
        step("same", "docker:index/network:Network", true),
        step("delete", "docker:index/volume:Volume", true),
      ]) {
        onEvent(event as unknown as EngineEvent);
      }
      return {};
    },
    (line) => shown.push(line),
  );
  expect(shown).toEqual(["create docker:index/container:Container one", "delete docker:index/volume:Volume one"]);
});

test("an update returns each engine warning once and without colors, and omits warnings about this project's own plugins", async () => {
  const warning = { severity: "warning", message: "<{%reset%}>AWS denies servicequotas:GetServiceQuota\n<{%reset%}>" };
  const place = join(cachePlace(), "plugins-1", "pulumi-resource-docker");
  const [own, users] = [place, "/usr/bin/pulumi-resource-docker"].map(
    (path) => `using pulumi-resource-docker from $PATH at ${path}`,
  );
  const others = [
    { severity: "info", message: "a note" },
    ...[own, users].map((message) => ({ severity: "warning", message })),
    warning,
  ];
  const { warnings } = await follow(
    async ({ onEvent }) => {
      for (const diagnosticEvent of [warning, ...others]) onEvent({ diagnosticEvent } as unknown as EngineEvent);
      return {};
    },
    () => {},
  );
  expect(warnings).toEqual(["AWS denies servicequotas:GetServiceQuota", users]);
});
