import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renewalTime } from "../../model/certificate-renewal";
import { ended } from "../support/answer";
import { project } from "../support/documents";

const home = mkdtempSync(join(tmpdir(), "livekit-stack-certificate-"));
process.env["LIVEKIT_STACK_HOME"] = home;
const { certificateEnd, newEnd, rememberEnd } =
  require("../../stacks/certificate-end") as typeof import("../../stacks/certificate-end");

afterEach(() => rmSync(join(home, ".state"), { recursive: true, force: true }));
afterAll(() => rmSync(home, { recursive: true }));

const dayMs = 86_400_000;
const after = (days: number) => new Date(Date.now() + days * dayMs);
const days = (from: Date | string, to: Date | string) => (new Date(to).getTime() - new Date(from).getTime()) / dayMs;

test("each local stack keeps its certificate's end date until the certificate is due for renewal", () => {
  const end = certificateEnd("dev");
  rememberEnd("dev", end);
  const lastDay = Math.floor(days(new Date(), end) - renewalTime(days(new Date(), end)).due);
  expect(certificateEnd("dev", after(lastDay))).toBe(end);
  expect(certificateEnd("office", after(lastDay))).toBe(newEnd(after(lastDay)));
  expect(certificateEnd("dev", after(lastDay + 1))).toBe(newEnd(after(lastDay + 1)));
  expect(certificateEnd("dev", after(9999))).toBe(newEnd(after(9999)));
});

test("a local stack renews its certificate if the recorded end date is unreadable or the CA is missing", () => {
  rememberEnd("dev", "soon");
  expect(certificateEnd("dev")).toBe(newEnd());
  rememberEnd("dev", newEnd());
  rmSync(join(home, ".state/authority"), { recursive: true });
  expect(certificateEnd("dev", after(5))).toBe(newEnd(after(5)));
});

test("an issued certificate ends on the planned end date, is valid for at most Apple's 825 days, and its end date is recorded", async () => {
  const end = certificateEnd("dev");
  const line = ["--require", "./scripts/lib/typescript.cjs", "scripts/commands/issue-certificate.ts", "dev"];
  const env = { ...process.env, CERTIFICATE_NAMES: "localhost,127.0.0.1", CERTIFICATE_END: end, XDG_CACHE_HOME: home };
  const script = `cd '${project}' && '${process.execPath}' ${line.join(" ")}`;
  const { exitCode, stdout, all } = await ended("sh", ["-c", script], env);
  expect([exitCode, all]).toEqual([0, expect.any(String)]);
  const { validFrom, validTo } = new X509Certificate(JSON.parse(stdout).chain);
  expect(new Date(validTo).toISOString().slice(0, 10)).toBe(end);
  expect(days(validFrom, validTo)).toBeLessThanOrEqual(825);
  expect(certificateEnd("dev", after(5))).toBe(end);
});
