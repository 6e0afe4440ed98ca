import { splitAtColors } from "../../../scripts/lib/terminal";
import { connectionError, httpError, relayError, SmokeError } from "../../../scripts/smoke/error";
import { type PathReport, type SmokeReport, unprovenPath } from "../../../scripts/smoke/report";
import { renderProgress, renderReport } from "../../../scripts/smoke/table";
import { executedParts, harmlessText, hostileText } from "../../support/remote-text";
import { pathOf } from "./support";

describe("the failed layer", () => {
  test.each([
    ["ENOTFOUND", "DNS"],
    ["EAI_AGAIN", "DNS"],
    ["SELF_SIGNED_CERT_IN_CHAIN", "TLS"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "TLS"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "TLS"],
    ["CERT_HAS_EXPIRED", "TLS"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "TLS"],
    ["EPROTO", "TLS"],
    ["ECONNREFUSED", "signalling"],
    ["ECONNRESET", "signalling"],
    ["ETIMEDOUT", "signalling"],
  ])("of the error %s is %s", (code, layer) => {
    const error = connectionError(Object.assign(new Error("said"), { code }), "host:443", "signalling");
    expect(error.layer).toBe(layer);
    expect(error.message).toContain("host:443");
    expect(error.fix).not.toBe("");
  });

  test("is the relay for a connection that the relay rejects", () => {
    expect(connectionError(Object.assign(new Error(), { code: "ECONNREFUSED" }), "h:1", "relay")).toMatchObject({
      layer: "relay",
      message: "h:1: connection refused",
    });
  });

  test.each([
    [401, "token"],
    [403, "token"],
    [404, "signalling"],
    [503, "signalling"],
  ])("of HTTP status %d is %s", (status, layer) => {
    expect(httpError(status, "no", "host:7880")).toMatchObject({ layer });
  });

  test("is reported without the token and without an HTML page of the server", () => {
    const token = "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJBUEkifQ.c2lnbmF0dXJl-_";
    const { message } = httpError(401, `invalid token: ${token}, error: signature is invalid\n<html>`, "h:1");
    expect(message).toBe("h:1 answered 401 Unauthorized: invalid token: <token>, error: signature is invalid");
  });
});

describe("an optional media path", () => {
  const path = pathOf("turn-tls");
  const error = (code: string, message = code) => relayError(Object.assign(new Error(message), { code }), "h:5349");

  test.each([
    ["the port is closed", error("ECONNREFUSED")],
    ["nothing answers", error("", "no TLS session was established")],
    ["the port does not use TLS", error("EPROTO", "wrong version number")],
  ])("is skipped if %s", (_, missing) => {
    const reason = `the server provides no TURN/TLS URL, and none was found: ${missing.message}`;
    expect(unprovenPath(path, missing, true)).toEqual({ path: path.id, title: path.title, status: "skipped", reason });
    expect(unprovenPath(path, missing, false)).toMatchObject({ status: "failed" });
  });

  test.each([
    ["the relay's name does not resolve", error("ENOTFOUND")],
    ["the relay's certificate is invalid", error("CERT_HAS_EXPIRED")],
    ["the relay allocates no address", new SmokeError("relay", "the TURN server allocated no relay address", "")],
    ["the server rejects the token", httpError(401, "no", "h:7880")],
    ["media is missing", new SmokeError("media", "participant 1: no audio", "")],
  ])("fails if %s", (_, found) => {
    const { layer, message, fix } = found;
    expect(unprovenPath(path, found, true)).toMatchObject({ status: "failed", failure: { layer, message, fix } });
  });
});

describe("the smoke test's table", () => {
  const passed: PathReport = {
    path: "udp",
    title: "direct UDP",
    status: "passed",
    connectMs: 210,
    firstAudioMs: 480,
    firstVideoMs: 620,
    proof: [],
  };
  const failed: PathReport = {
    path: "tcp",
    title: "direct TCP",
    status: "failed",
    failure: {
      layer: "ICE",
      message: "the SFU does not answer over TCP at 192.0.2.7:7881",
      fix: "Open the SFU's ports for TCP",
    },
  };
  const skipped: PathReport = {
    path: "wss",
    title: "wss through nginx",
    status: "skipped",
    reason: "no wss:// address",
  };
  const report: SmokeReport = { url: "ws://h", passed: false, durationMs: 4321, paths: [passed, failed, skipped] };

  test("lists connection times, then causes and fixes, then the result", () => {
    const text = renderReport(report, false);
    expect(text).toMatch(/direct UDP +│ passed +│ +210 ms │ +480 ms │ +620 ms/);
    expect(text).toMatch(/direct TCP +│ failed: ICE/);
    expect(text.split("\n").slice(-4)).toEqual([
      "direct TCP: ICE: the SFU does not answer over TCP at 192.0.2.7:7881",
      "  Open the SFU's ports for TCP",
      "wss through nginx: skipped: no wss:// address",
      "1 of 3 paths carry audio and video both ways (4.3 s)",
    ]);
  });

  test("has colors only if requested", () => {
    expect(renderReport(report, false)).not.toContain("\u001b");
    expect(renderReport(report, true)).toContain("\u001b[32mpassed");
  });

  test("has colors of its own alone, none of a server's response", () => {
    const failure = httpError(503, hostileText, "host:7880");
    const text = renderReport(
      {
        ...report,
        paths: [
          { ...failed, failure },
          { ...skipped, reason: hostileText },
        ],
      },
      true,
    );
    const parts = splitAtColors(text);
    expect(parts.filter((_, i) => i % 2 === 1)).toHaveLength(4);
    expect(executedParts(parts.filter((_, i) => i % 2 === 0).join(""))).toEqual([]);
    expect(text.match(new RegExp(harmlessText, "g"))).toHaveLength(2);
  });

  test("shows progress in one line", () => {
    expect(renderProgress(passed, false)).toBe("direct UDP: passed (210 ms, 480 ms, 620 ms)");
    expect(renderProgress(failed, false)).toBe("direct TCP: failed: ICE");
  });
});
