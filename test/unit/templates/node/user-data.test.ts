import { execFileSync, spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { parse } from "yaml";
import { readNodeSources } from "../../../../stacks/node-sources";
import { renderBakeData } from "../../../../templates/node/bake";
import { nodePackages } from "../../../../templates/node/system";
import { type NodeIdentity, renderUserData, userDataLimitBytes } from "../../../../templates/node/user-data";
import { testSecrets } from "../../../support/settings";

interface CloudConfig {
  readonly users: unknown[];
  readonly bootcmd: string[];
  readonly write_files: { readonly path: string; readonly permissions: string; readonly content: string }[];
  readonly runcmd: (string | string[])[];
}

const { puller } = readNodeSources();
const userDataOf = (node: NodeIdentity) => renderUserData(node, puller);
/** S3's longest bucket name. */
const bucket = `inspire-lab-${"0".repeat(51)}`;
const names = { node: "euc1-1", bucket, region: "eu-central-1" };
const publicKey = generateKeyPairSync("ec", { namedCurve: "P-256" })
  .publicKey.export({ type: "spki", format: "pem" })
  .toString();
const identity = { ...names, publicKey };

function fileOf({ write_files }: CloudConfig, path: string): string {
  const file = write_files.find((each) => each.path === path);
  if (file === undefined) throw new Error(`no ${path}`);
  return file.content;
}

test("user data is a cloud-config within the size limit", () => {
  const text = userDataOf(identity);
  expect(text.startsWith("#cloud-config\n")).toBe(true);
  expect(Buffer.byteLength(text)).toBeLessThan(userDataLimitBytes);
  const config: CloudConfig = parse(text);
  expect(JSON.parse(fileOf(config, "/etc/livekit-node.json"))).toEqual(names);
  expect(fileOf(config, "/etc/livekit-node.pem")).toBe(publicKey);
  expect(config.runcmd.at(-1)).toMatch(/systemctl enable --now .*livekit-node\.service/);
});

test("user data disables SSH", () => {
  const config: CloudConfig = parse(userDataOf(identity));
  expect(config.users).toEqual([]);
  expect(config.bootcmd[0]).toMatch(/systemctl mask --now ssh\.service ssh\.socket/);
  expect(userDataOf(identity)).not.toMatch(/ssh_authorized_keys|ssh-rsa|ssh-ed25519/);
});

test("user data differs between nodes only by the node's name and contains no secret", () => {
  const text = userDataOf(identity);
  expect(userDataOf({ ...identity, node: "euc1-2" })).toBe(text.replace("euc1-1", "euc1-2"));
  for (const secret of Object.values(testSecrets)) expect(text).not.toContain(secret);
});

test("user data contains the node agent as a valid Python program", () => {
  const source = fileOf(parse(userDataOf(identity)), "/usr/local/sbin/livekit-node");
  execFileSync("python3", ["-c", "import ast, sys; ast.parse(sys.stdin.read())"], { input: source });
  expect(source.startsWith("#!/usr/bin/python3\n")).toBe(true);
});

test("the first boot contacts no Debian mirror if the image already has the node agent's packages", () => {
  const unit = fileOf(parse(userDataOf(identity)), "/etc/systemd/system/livekit-node.service");
  expect(unit).toMatch(
    /ExecStartPre=\/bin\/sh -c 'command -v openssl >\/dev\/null && python3 -c "import boto3" 2>\/dev\/null \|\| \{ dpkg --configure -a .*; apt-get update/,
  );
});

test("the node agent's output goes to the machine's console as well as the journal", () => {
  const unit = fileOf(parse(userDataOf(identity)), "/etc/systemd/system/livekit-node.service");
  expect(unit).toMatch(/^StandardOutput=journal\+console$/m);
});

test("the bake user data installs every package and container image, and removes the machine's identity", () => {
  const text = renderBakeData(["redis:8", "nginx:1"], nodePackages);
  const config: CloudConfig = parse(text);
  const [, , script = ""] = config.runcmd[0] as string[];
  const lines = script.split("\n");
  expect(lines).toEqual(expect.arrayContaining(["docker pull --quiet redis:8", "docker pull --quiet nginx:1"]));
  for (const name of nodePackages) expect(script).toContain(` ${name}`);
  expect(lines.slice(-3)).toEqual([
    "cloud-init clean --logs",
    "truncate --size 0 /etc/machine-id",
    "systemctl poweroff",
  ]);
  execFileSync("sh", ["-n"], { input: script });
});

test("the package installation in the bake user data waits for apt's locks", () => {
  const [, , script = ""] = parse(renderBakeData([], ["nftables"])).runcmd[0] as string[];
  const apt = script.split("\n").filter((line) => line.includes("apt-get"));
  const [update = "", ...others] = apt.filter((line) => !line.includes("clean"));
  for (const line of others) expect(line).toContain("-o DPkg::Lock::Timeout=300");
  const tried = (answers: string) =>
    spawnSync(
      "sh",
      ["-ec", `apt() { ${answers}; }; sleep() { :; }; tries=0; ${update.replace("-get", "")}; echo $tries`],
      {
        encoding: "utf8",
      },
    );
  expect(tried("[ $tries -ge 30 ]")).toMatchObject({ status: 0, stdout: "30\n" });
  expect(tried("false")).toMatchObject({ status: 1, stdout: "" });
});
