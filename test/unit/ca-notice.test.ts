import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { removalCommand, trustCommand } from "../../model/ca-trust";
import { project } from "../support/documents";
import { configure, testCallPage, testHost } from "../support/settings";
import { writeUnconstrainedCa } from "../support/unconstrained-ca";

const home = mkdtempSync(join(tmpdir(), "livekit-stack-ca-notice-"));
Object.assign(process.env, { LIVEKIT_STACK_HOME: home, XDG_CACHE_HOME: home });
const { planCertificate } = require("../../stacks/certificate-end") as typeof import("../../stacks/certificate-end");
const { identifyCa, retireCa } = require("../../stacks/local-ca") as typeof import("../../stacks/local-ca");
const { issueCertificate } =
  require("../../scripts/lib/certificate-authority") as typeof import("../../scripts/lib/certificate-authority");
const { caHints, withCaNotice } =
  require("../../scripts/lib/ca-notice") as typeof import("../../scripts/lib/ca-notice");
const { issueRendered } =
  require("../../scripts/lib/render-certificate") as typeof import("../../scripts/lib/render-certificate");

const { localStack } = require("../../stacks/local") as typeof import("../../stacks/local");

pulumi.runtime.setMocks({ newResource: ({ name, inputs }) => ({ id: name, state: inputs }), call: () => ({}) });
jest.mock("../../components/local/stack", () => ({ LocalStack: class {} }));

const caFile = join(home, ".state/authority/authority.crt");
const names = ["livekit.example.com", "turn.example.com", "192.168.1.20", "localhost", "127.0.0.1", "dev"];
const after = (days: number) => new Date(Date.now() + days * 86_400_000);

let printed: jest.SpyInstance;

beforeEach(() => {
  rmSync(join(home, ".state"), { recursive: true, force: true });
  printed = jest.spyOn(console, "error").mockImplementation();
});
afterEach(() => jest.restoreAllMocks());
afterAll(() => rmSync(home, { recursive: true }));

const update = async (now?: Date) => issueCertificate(names, planCertificate("dev", names, now).end);
const output = () => printed.mock.calls.flat().join("\n");
const ca = () => identifyCa(caFile) ?? { commonName: "", fingerprint: "" };

async function failAfter(work: () => Promise<unknown>): Promise<void> {
  const failed = withCaNotice(async () => {
    await work();
    throw new Error("no engine");
  });
  await expect(failed).rejects.toThrow("no engine");
}

test("a command that replaces the CA prints how to remove the former CA and then how to trust the new one, also if the command fails", async () => {
  await withCaNotice(() => update());
  await withCaNotice(() => update());
  expect(printed).not.toHaveBeenCalled();
  const former = ca();
  await failAfter(() => update(after(336)));
  const [removal, trust] = [
    removalCommand(former, process.platform),
    trustCommand(`'${caFile}'`, ca(), process.platform),
  ].map((command) => output().indexOf(command));
  expect(removal).toBeGreaterThan(0);
  expect(trust).toBeGreaterThan(removal ?? 0);
  expect(output()).toContain("run npm start for each of them");
});

test("npm start prints how to trust the new CA after npm start -- --replace-ca has failed before it created the CA", async () => {
  await update();
  await failAfter(async () => retireCa());
  expect(existsSync(caFile)).toBe(false);
  expect(printed).not.toHaveBeenCalled();
  await withCaNotice(() => update());
  expect(output()).toContain(trustCommand(`'${caFile}'`, ca(), process.platform));
});

test("a CA and the CA of version 0.1.0 that it replaces have different names", async () => {
  await writeUnconstrainedCa(home);
  const former = ca();
  retireCa();
  await update();
  expect(removalCommand(former, "linux")).toMatch(/ -n livekit$/);
  expect(ca().commonName).toMatch(/^LiveKit stack local authority \d{4}-\d\d-\d\d-\d{6}$/);
  expect(removalCommand(ca(), "linux")).toMatch(/ -n livekit-\d{4}-\d\d-\d\d-\d{6}$/);
  const sha1 = execFileSync("openssl", ["x509", "-noout", "-fingerprint", "-sha1", "-in", caFile], {
    encoding: "utf8",
  });
  for (const platform of ["darwin", "win32"] as const) {
    expect(removalCommand(ca(), platform)).toContain(sha1.trim().split("=")[1]?.replaceAll(":", ""));
  }
});

test("pulumi preview announces a new CA for all stacks of the folder, and no command that would trust the former CA", async () => {
  await update();
  const warned = jest.spyOn(pulumi.log, "warn").mockImplementation();
  const { settings, secrets } = configure({ domain: "example.net" });
  localStack(settings, secrets, testHost, { content: testCallPage, scriptFile: "call.js" });
  const text = warned.mock.calls.flat().join();
  expect(text).toMatch(/replaces .* of all stacks in this folder: it may not sign for livekit\.example\.net/);
  expect(text).toContain("After the update");
  expect(text).not.toMatch(/certutil|security add-trusted-cert/);
});

test("npm start prints the names that the certificate omits", async () => {
  await update();
  expect(caHints("dev", names)).toEqual([]);
  expect(caHints("dev", [...names.slice(0, -1), "laptop", "laptop.local"])).toEqual([
    expect.stringContaining("omits laptop, laptop.local"),
  ]);
  await writeUnconstrainedCa(home);
  expect(caHints("dev", names)).toEqual([expect.stringContaining("npm start -- --replace-ca")]);
});

test("npm run render prints when the certificate expires, and keeps a CA that npm start must replace", async () => {
  const { chain } = await issueRendered("dev", names);
  const end = new Date(new X509Certificate(chain).validTo).toISOString().slice(0, 10);
  expect(output()).toContain(`The certificate expires on ${end}.`);
  const before = readFileSync(caFile, "utf8");
  const moved = issueRendered("office", ["livekit.example.net", ...names]);
  await expect(moved).rejects.toThrow(/may not sign for livekit\.example\.net\. .*npm start -- --stack office/);
  expect(readFileSync(caFile, "utf8")).toBe(before);
});

test("README.md has the commands that trust and remove a CA on each system", async () => {
  const readme = readFileSync(join(project, "README.md"), "utf8");
  const printName = "openssl x509 -noout -subject -in .state/authority/authority.crt";
  expect(readme).toContain(`\`${printName}\``);
  await update();
  expect(execFileSync(printName, { cwd: home, shell: true, encoding: "utf8" })).toContain(ca().commonName);
  const any = { commonName: "LiveKit stack local authority TIME", fingerprint: "SHA1" };
  const file = ".state/authority/authority.crt";
  for (const platform of ["linux", "darwin", "win32"] as const) {
    const path = platform === "win32" ? file.replaceAll("/", "\\") : file;
    expect(readme).toContain(`\`${trustCommand(path, any, platform)}\``);
    expect(readme).toContain(`\`${removalCommand(any, platform)}\``);
  }
});
