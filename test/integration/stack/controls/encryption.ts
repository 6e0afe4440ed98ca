import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:tls";
import { portsInUse } from "../../../../model/ports/binding";
import type { TestContext } from "./context";

/** Tests that ports offer only TLS and DTLS 1.2 and later, with the local CA's certificate and modern ciphers. */
export function encryptionControls(context: () => TestContext): void {
  const ca = () => readFileSync(context().stack.caFile);
  const ports = () => [context().fleet.ports.https.first, context().fleet.ports.turnTls.first];

  test("HTTPS and TURN/TLS offer TLS 1.2 and 1.3, and nothing older or weaker", async () => {
    for (const port of ports()) {
      const to = { host: "127.0.0.1", port, ca: ca(), servername: "localhost" } as const;
      for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
        const socket = connect({ ...to, minVersion: version, maxVersion: version });
        await once(socket, "secureConnect");
        expect([socket.authorized, socket.getProtocol()]).toEqual([true, version]);
        socket.destroy();
      }
      // At security level 0 this client offers old versions, so the server must be the one that rejects them.
      const old = connect({ ...to, minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" });
      await expect(once(old, "secureConnect")).rejects.toThrow(/alert protocol version|ECONNRESET|disconnected/);
      const weak = connect({ ...to, maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES256-SHA:AES128-SHA@SECLEVEL=0" });
      await expect(once(weak, "secureConnect")).rejects.toThrow(/alert handshake failure|ECONNRESET|disconnected/);
    }
  });

  test("TURN/DTLS offers DTLS 1.2 with a valid certificate, and rejects DTLS 1.0", () => {
    const { turnTls } = context().fleet.ports;
    expect(portsInUse(context().fleet, context().node)).toContain(turnTls);
    const said = handshake(turnTls.first, context().stack.caFile, "-dtls1_2");
    expect(said).toMatch(/Protocol *: DTLSv1\.2/);
    expect(said).toMatch(/Verify return code: 0 \(ok\)/);
    expect(said).toMatch(/Verified peername: localhost/);
    const old = handshake(turnTls.first, context().stack.caFile, "-dtls1", "-cipher", "DEFAULT@SECLEVEL=0");
    expect(old).toMatch(/alert protocol version/);
  });
}

/** Runs OpenSSL's client, because Node.js does not support DTLS. */
function handshake(port: number, caFile: string, ...flags: readonly string[]): string {
  const to = ["-connect", `127.0.0.1:${port}`, "-CAfile", caFile, "-verify_return_error"];
  const named = ["-verify_hostname", "localhost", "-servername", "localhost"];
  const { stdout, stderr, error } = spawnSync("openssl", ["s_client", ...to, ...named, ...flags], {
    encoding: "utf8",
    input: "",
    timeout: 10_000,
  });
  if (error) throw error;
  return stdout + stderr;
}
