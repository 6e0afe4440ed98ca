import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FleetNode, planLocalFleet } from "../../model/fleet";
import { requiredNames } from "../../model/name-constraints";
import { configure, testHost } from "../support/settings";
import { writeUnconstrainedCa } from "../support/unconstrained-ca";

const home = mkdtempSync(join(tmpdir(), "livekit-stack-ca-"));
Object.assign(process.env, { LIVEKIT_STACK_HOME: home, XDG_CACHE_HOME: home });
const { planCertificate } = require("../../stacks/certificate-end") as typeof import("../../stacks/certificate-end");
const { retireCa } = require("../../stacks/local-ca") as typeof import("../../stacks/local-ca");
const { issueCertificate } =
  require("../../scripts/lib/certificate-authority") as typeof import("../../scripts/lib/certificate-authority");

const caFile = join(home, ".state/authority/authority.crt");
/** The thief's certificate request. */
const request = join(home, "request.pem");
const dayMs = 86_400_000;
const after = (days: number) => new Date(Date.now() + days * dayMs);

/** Names that a stack with a domain certifies, on a host with a name that is also a top-level domain. */
const clients = ["livekit.example.com", "turn.example.com", "192.168.1.20"];
const certified = [...clients, "localhost", "127.0.0.1", "dev", "dev.local"];

beforeAll(() => {
  const keys = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", join(home, "thief.key")];
  openssl("req", "-new", ...keys, "-subj", "/O=Thief", "-out", request);
});
beforeEach(() => rmSync(join(home, ".state"), { recursive: true, force: true }));
afterAll(() => rmSync(home, { recursive: true }));

/** Plans the node of a stack on a machine with this name. */
function plan(values: Parameters<typeof configure>[0], hostName: string): FleetNode {
  return planLocalFleet(configure(values).settings, { ...testHost, hostName }).nodes[0];
}

/** Plans and issues a certificate, as an update of a stack does. */
async function update(names = clients, now?: Date, own = certified.slice(clients.length)): Promise<string> {
  const { end } = planCertificate("dev", [...names, ...own], now);
  return (await issueCertificate([...names, ...own], end)).chain;
}

function openssl(...args: readonly string[]): string {
  return execFileSync("openssl", args, { encoding: "utf8", stdio: "pipe" });
}

/** Validates a certificate as OpenSSL does. Returns OK or the error. */
function verify(chain: string): string {
  const file = join(home, "leaf.pem");
  writeFileSync(file, chain);
  try {
    return openssl("verify", "-purpose", "sslserver", "-CAfile", caFile, file).trim();
  } catch (error) {
    return String((error as { stderr: unknown }).stderr);
  }
}

/** Signs a certificate with the stolen key of the CA. */
function forge(name: string): string {
  const extensions = join(home, "extensions");
  writeFileSync(extensions, `subjectAltName=${name}\n`);
  const ca = ["-CA", caFile, "-CAkey", join(home, ".state/authority/authority.key"), "-set_serial", "1"];
  return openssl("x509", "-req", "-in", request, ...ca, "-extfile", extensions);
}

test("OpenSSL accepts the stack's certificate, and certificates for names that the stack can have", async () => {
  const chain = await update();
  expect(verify(chain)).toMatch(/: OK$/);
  for (const name of certified) expect(new X509Certificate(chain).subjectAltName).toContain(name);
  const own = ["DNS:livekit.example.com", "DNS:dev", "DNS:localhost", "IP:10.0.0.9", "IP:127.0.0.1"];
  for (const name of own) expect([name, verify(forge(name))]).toEqual([name, expect.stringMatching(/: OK$/)]);
});

test("OpenSSL rejects certificates for foreign names that a stolen CA key signs", async () => {
  await update();
  const foreign = ["DNS:bank.example.org", "DNS:example.com", "DNS:local", "IP:198.51.100.1", "IP:2001:db8::1"];
  for (const name of foreign) {
    expect([name, verify(forge(name))]).toEqual([name, expect.stringContaining("permitted subtree violation")]);
  }
  // Top-level domain .dev
  expect(verify(forge("DNS:bank.dev"))).toContain("excluded subtree violation");
});

test("the name constraints are critical, and the CA lives for one year and signs only for servers", async () => {
  await update();
  const text = openssl("x509", "-noout", "-text", "-in", caFile);
  expect(text).toContain("X509v3 Name Constraints: critical");
  expect(text).toMatch(/Extended Key Usage: *\n *TLS Web Server Authentication\n/);
  const { validFrom, validTo } = new X509Certificate(readFileSync(caFile));
  expect((Date.parse(validTo) - Date.parse(validFrom)) / dayMs).toBeCloseTo(365, 0);
});

test("an empty host name does not permit every name", async () => {
  await issueCertificate([...clients, "", ".local"], planCertificate("dev", clients).end);
  for (const name of ["DNS:bank.example.org", "DNS:printer.local"]) {
    expect([name, verify(forge(name))]).toEqual([name, expect.stringContaining("permitted subtree violation")]);
  }
});

test.each([
  ["dev", "stack.dev", ["bank.dev", "dev"]],
  ["example.com", "example.com", ["www.example.com", "example.com"]],
  ["example.com", "stack.dev", ["www.example.com", "www.livekit.stack.dev"]],
])("on host %s with domain %s, the CA may not sign for %j", async (hostName, domain, foreign) => {
  const { certificateNames } = plan({ domain }, hostName);
  const { chain } = await issueCertificate(certificateNames, planCertificate("dev", certificateNames).end);
  expect(verify(chain)).toMatch(/: OK$/);
  for (const name of [`livekit.${domain}`, `turn.${domain}`, "localhost"]) {
    expect(new X509Certificate(chain).subjectAltName).toContain(`DNS:${name}`);
    expect([name, verify(forge(`DNS:${name}`))]).toEqual([name, expect.stringMatching(/: OK$/)]);
  }
  for (const name of foreign) {
    expect([name, verify(forge(`DNS:${name}`))]).toEqual([name, expect.stringContaining("subtree violation")]);
  }
});

test("a stack on the domain livekit.example.com may sign below another stack's name", async () => {
  await update();
  const nested = ["livekit.livekit.example.com", "turn.livekit.example.com", "192.168.1.20"];
  await update(nested, after(1));
  expect(verify(await update(clients, after(2)))).toMatch(/: OK$/);
  for (const names of [nested, clients]) expect(planCertificate("dev", names).newCaReason).toBeUndefined();
});

test.each([{}, { domain: "example.com" }, { publicAddress: "127.0.0.1" }])(
  "with the settings %j, clients need the names in their URLs, and not the host name",
  (values) => {
    const { apiName, turnName, publicAddress, certificateNames } = plan(values, "dev");
    expect(requiredNames(certificateNames)).toEqual([...new Set([apiName, turnName, publicAddress])]);
  },
);

test("a CA is renewed 30 days before it expires", async () => {
  await update();
  const first = readFileSync(caFile, "utf8");
  expect(planCertificate("dev", clients, after(334)).newCaReason).toBeUndefined();
  expect(planCertificate("dev", clients, after(336)).newCaReason).toMatch(/^it expires on \d{4}-\d\d-\d\d$/);
  await update(clients, after(334));
  expect(readFileSync(caFile, "utf8")).toBe(first);
  expect(verify(await update(clients, after(336)))).toMatch(/: OK$/);
  expect(readFileSync(caFile, "utf8")).not.toBe(first);
});

test("after the machine's private address and host name change, the CA signs for the address, and the certificate omits the host name", async () => {
  await update();
  const [api = "", turn = ""] = clients;
  const names = [api, turn, "10.1.2.3", "localhost", "laptop.fritz.box"];
  const { end, newCaReason } = planCertificate("dev", names);
  expect(newCaReason).toBeUndefined();
  const { chain } = await issueCertificate(names, end);
  expect(verify(chain)).toMatch(/: OK$/);
  expect(new X509Certificate(chain).subjectAltName).toBe(`DNS:${api}, DNS:${turn}, IP Address:10.1.2.3, DNS:localhost`);
});

test("a new domain or public address creates a CA that permits it, and still the names of the folder's other stacks", async () => {
  await update();
  const moved = ["livekit.example.net", "turn.example.net", "203.0.113.7"];
  const later = new Date(Date.now() + 60_000);
  expect(planCertificate("dev", moved, later).newCaReason).toBe(`it may not sign for ${moved.join(", ")}`);
  expect(verify(await update(moved, later))).toMatch(/: OK$/);
  for (const names of [moved, clients]) expect(planCertificate("dev", names).newCaReason).toBeUndefined();
  expect(verify(await update())).toMatch(/: OK$/);
});

test("a stack's certificate is valid if another command created a CA without the stack's names after the plan", async () => {
  const { end } = planCertificate("dev", clients);
  await issueCertificate(["livekit.example.net", "localhost"], end);
  const { chain } = await issueCertificate([...clients, "localhost"], end);
  expect(verify(chain)).toMatch(/: OK$/);
  expect(new X509Certificate(chain).subject).toBe("CN=livekit.example.com");
  expect(new X509Certificate(chain).subjectAltName).toContain("IP Address:192.168.1.20");
  await expect(issueCertificate([""], end)).rejects.toThrow("may sign for none of the certificate's names");
});

test.each([
  ["a renewal", () => {}, 336],
  ["npm start -- --replace-ca", () => retireCa(), 1],
])("the CA after %s permits the names of the folder's other stacks", async (_, prepare, day) => {
  const office = ["livekit.example.net", "turn.example.net", "203.0.113.7"];
  await update(office);
  await update();
  prepare();
  await update(clients, after(day));
  for (const names of [clients, office]) expect(planCertificate("dev", names, after(day)).newCaReason).toBeUndefined();
});

test("a CA of version 0.1.0 keeps signing for every name until it is due for renewal", async () => {
  await writeUnconstrainedCa(home);
  const first = readFileSync(caFile, "utf8");
  expect(verify(await update(["livekit.example.net", "turn.example.net", "203.0.113.7"]))).toMatch(/: OK$/);
  expect(readFileSync(caFile, "utf8")).toBe(first);
  expect(planCertificate("dev", clients, after(3649)).newCaReason).toContain("it expires on");
});
