import { engineEnvironment, noSuchStack } from "../../scripts/engine";
import { documents } from "../support/documents";

test("a stack that is not in the state leads to another state before it leads to a second stack, and to the guide", () => {
  const [, guide = ""] = documents.find(([path]) => path === "docs/aws.md") ?? [];
  const { message } = noSuchStack("prod");
  expect(message).toMatch(/Log in where it is, with: pulumi login;.* "State" in docs\/aws\.md/);
  expect(guide).toMatch(/^\*\*State\.\*\*/m);
});

test("the engine and its plugins reach the Docker engine past the proxy, in a shell's environment as well", () => {
  const before = { ...process.env };
  const own = { PULUMI_BACKEND_URL: "file:///nowhere", PULUMI_CONFIG_PASSPHRASE: "none" };
  Object.assign(process.env, own, { https_proxy: "http://proxy:3128", NO_PROXY: ".corp" });
  const pulumi = { command: "/bin/pulumi", version: "3.250.0", source: "PATH" } as const;
  try {
    const environment = engineEnvironment({ pulumi, dockerHost: "tcp://192.0.2.9:2375" });
    expect(environment["no_proxy"]?.split(",")).toEqual(expect.arrayContaining([".corp", "192.0.2.9"]));
    expect(environment["NO_PROXY"]).toBe(environment["no_proxy"]);
  } finally {
    process.env = before;
  }
});
