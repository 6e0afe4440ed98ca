import type { PeerCertificate } from "node:tls";
import { validateCertificate } from "../../../scripts/doctor/certificate";
import { clockOffset, setAddress } from "../../../scripts/doctor/livekit";
import { kernelCheck } from "../../../scripts/doctor/machine";
import { lifetimeError } from "../../../scripts/lib/certificate-lifetime";
import { npm } from "../../../scripts/lib/cli";

const certificate = {
  valid_from: "Jan  1 00:00:00 2026 GMT",
  valid_to: "Apr  1 00:00:00 2026 GMT",
  subjectaltname: "DNS:livekit.example.com, IP Address:192.0.2.7",
  subject: {},
} as PeerCertificate;

const at = (day: string) => new Date(`2026-${day}T00:00:00Z`);
const names = ["livekit.example.com", "192.0.2.7"];

test("if no interface of this machine has the public address, the address check reports that a router must have the address", () => {
  expect(setAddress("192.0.2.7", ["127.0.0.1", "192.0.2.7"])).toBe("192.0.2.7, set by livekit:publicAddress");
  expect(setAddress("192.0.2.7", ["127.0.0.1"])).toMatch(
    /no interface of this machine has it: it must be the address of a router/,
  );
});

test("the certificate check accepts a certificate with 21 days left and rejects a certificate with 20 days left", () => {
  expect(validateCertificate({ certificate }, names, at("03-11"))).toBe(
    "covers livekit.example.com, 192.0.2.7, 21 days left",
  );
  expect(() => validateCertificate({ certificate }, names, at("03-12"))).toThrow("20 days more, fewer than 21");
});

test.each([
  ["six days", "Jan  7 00:00:00 2026 GMT", "01-04", "01-05", "2 days more, fewer than 2.1"],
  ["45 days", "Feb 15 00:00:00 2026 GMT", "02-04", "02-05", "10 days more, fewer than 10.5"],
])(
  "a certificate with a lifetime of %s passes the check when its renewal is due and fails some days later",
  (_, end, good, bad, error) => {
    const short = { valid_from: "Jan  1 00:00:00 2026 GMT", valid_to: end };
    expect(lifetimeError(short, at(good))).toBeUndefined();
    expect(lifetimeError(short, at(bad))).toContain(error);
  },
);

test.each([
  ["an expired certificate", at("04-02"), names, undefined, /expired on Apr/],
  ["a certificate that is not valid yet", new Date("2025-12-31"), names, undefined, /not valid before Jan/],
  ["a certificate for other names", at("01-02"), ["turn.example.com"], undefined, /does not cover turn\.example\.com/],
  ["a certificate of an unknown CA", at("01-02"), names, "SELF_SIGNED_CERT", /not trusted: SELF_SIGNED_CERT/],
  ["an expired certificate with an untrusted chain", at("04-02"), names, "CERT_HAS_EXPIRED", /expired on Apr/],
])("the certificate check rejects %s", (_, now, wanted, distrust, cause) => {
  expect(() => validateCertificate({ certificate, ...(distrust && { distrust }) }, wanted, now)).toThrow(cause);
});

test.each([
  [0, "Sun, 01 Mar 2026 12:00:00 GMT"],
  [60, "Sun, 01 Mar 2026 12:01:00 GMT"],
  [-6, "Sun, 01 Mar 2026 11:59:54 GMT"],
])("the clock check calculates that the server's clock is %d s ahead of this machine's clock", (seconds, date) => {
  expect(clockOffset(date, Date.parse("2026-03-01T12:00:00Z"))).toBe(seconds);
});

test("the clock check rejects an HTTP answer without a Date header", () => {
  expect(() => clockOffset(null, 0)).toThrow("no Date");
});

test("the kernel check warns of socket buffers below LiveKit's minimum, on Linux only", async () => {
  const signal = new AbortController().signal;
  await expect(kernelCheck(() => 16_777_216).run(signal)).resolves.toContain("rmem_max 16777216");
  await expect(kernelCheck(() => undefined).run(signal)).resolves.toContain("virtual machine");
  await expect(kernelCheck(() => 212_992).run(signal)).rejects.toMatchObject({ severity: "warning" });
  expect(kernelCheck().fix).toContain("net.core.rmem_max=16777216");
});

test("npm() returns a command as users type it", () => {
  expect(npm("start", { stack: "dev" })).toBe("npm start");
  expect(npm("logs", { stack: "test" }, "redis")).toBe("npm run logs -- redis --stack test");
  expect(npm("start", { stack: "test" })).toBe("npm start -- --stack test");
});
