import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renewalTime } from "../../model/certificate-renewal";
import { ended } from "../support/answer";
import { project } from "../support/documents";
import { writeUnconstrainedCa } from "../support/unconstrained-ca";

const home = mkdtempSync(join(tmpdir(), "livekit-stack-certificate-"));
process.env["LIVEKIT_STACK_HOME"] = home;
const { planCertificate, rememberEnd } =
  require("../../stacks/certificate-end") as typeof import("../../stacks/certificate-end");
const { issueCertificate } =
  require("../../scripts/lib/certificate-authority") as typeof import("../../scripts/lib/certificate-authority");

afterEach(() => rmSync(join(home, ".state"), { recursive: true, force: true }));
afterAll(() => rmSync(home, { recursive: true }));

const dayMs = 86_400_000;
const after = (days: number) => new Date(Date.now() + days * dayMs);
const days = (from: Date | string, to: Date | string) => (new Date(to).getTime() - new Date(from).getTime()) / dayMs;
const end = (stack: string, now?: Date) => planCertificate(stack, ["localhost", "192.168.1.20"], now).end;

test("the certificate of a constrained CA expires with the CA, for every stack", async () => {
  const planned = end("dev");
  expect(days(new Date(), planned)).toBeCloseTo(365, 1);
  const { chain } = await issueCertificate(["localhost", "192.168.1.20"], planned);
  expect(days(planned, new X509Certificate(chain).validTo)).toBe(0);
  expect([end("dev", after(100)), end("office", after(100))]).toEqual([planned, planned]);
});

test("with a CA of version 0.1.0, each local stack keeps its certificate's end date until the certificate is due for renewal", async () => {
  await writeUnconstrainedCa(home);
  const first = end("dev");
  rememberEnd("dev", first);
  const lastDay = Math.floor(days(new Date(), first) - renewalTime(days(new Date(), first)).due);
  expect(end("dev", after(lastDay))).toBe(first);
  for (const [stack, day] of [
    ["office", lastDay],
    ["dev", lastDay + 1],
    ["dev", 2000],
  ] as const) {
    expect(end(stack, after(day))).toBe(
      after(day + 824)
        .toISOString()
        .slice(0, 10),
    );
  }
  // The CA has 650 days left.
  expect(end("dev", after(3000))).toBe(after(3650).toISOString().slice(0, 10));
});

test("with a CA of version 0.1.0, a local stack renews its certificate if the recorded end date is unreadable", async () => {
  await writeUnconstrainedCa(home);
  rememberEnd("dev", "soon");
  expect(end("dev")).toBe(after(824).toISOString().slice(0, 10));
});

test("a local stack renews its certificate if the CA is missing, even on the day of the previous renewal", async () => {
  const first = end("dev");
  await issueCertificate(["localhost", "192.168.1.20"], first);
  rmSync(join(home, ".state/authority"), { recursive: true });
  expect(end("dev", new Date(Date.now() + 60_000))).not.toBe(first);
});

test("an issued certificate of a CA of version 0.1.0 ends on the planned end date, is valid for at most Apple's 825 days, and its end date is recorded", async () => {
  await writeUnconstrainedCa(home);
  const planned = end("dev");
  const line = ["--require", "./scripts/lib/typescript.cjs", "scripts/commands/issue-certificate.ts", "dev"];
  const names = "localhost,127.0.0.1";
  const env = { ...process.env, CERTIFICATE_NAMES: names, CERTIFICATE_END: planned, XDG_CACHE_HOME: home };
  const script = `cd '${project}' && '${process.execPath}' ${line.join(" ")}`;
  const { exitCode, stdout, all } = await ended("sh", ["-c", script], env);
  expect([exitCode, all]).toEqual([0, expect.any(String)]);
  const { validFrom, validTo } = new X509Certificate(JSON.parse(stdout).chain);
  expect(new Date(validTo).toISOString().slice(0, 10)).toBe(planned);
  expect(days(validFrom, validTo)).toBeLessThanOrEqual(825);
  expect(end("dev", after(5))).toBe(planned);
});
