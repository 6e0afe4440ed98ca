import type { TestNode } from "../../../../support/test-node";

/** A STUN binding request (RFC 8489) in printf notation, and the first bytes of its answer. */
const bindingRequest = "\\000\\001\\000\\000\\041\\022\\244\\102control-0001";
const bindingSuccess = "0101";

/** Tests that ports offer only TLS and DTLS 1.2 and later, with a certificate of the CA in the settings. */
export function encryptionControls(context: () => TestNode): void {
  const places = () => {
    const { apiName, turnName, ports } = context().plan;
    return [
      { name: apiName, port: ports.https.first },
      { name: turnName, port: ports.https.first },
      { name: turnName, port: ports.turnTls.first },
    ];
  };

  test("HTTPS and TURN/TLS offer TLS 1.2 and 1.3, and nothing older, also where nginx routes by the TLS server name", async () => {
    for (const { name, port } of places()) {
      for (const [flag, version] of [
        ["-tls1_2", "TLSv1.2"],
        ["-tls1_3", "TLSv1.3"],
      ] as const) {
        const said = await handshake(context(), name, port, flag);
        expect(said).toContain(`New, ${version}, Cipher is`);
        expect(said).toContain("Verify return code: 0 (ok)");
        expect(said).toContain(`Verified peername: *.${context().plan.domain}`);
      }
      // At security level 0 this client offers old versions, so the server must be the one that rejects them.
      const old = await handshake(context(), name, port, "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0");
      expect(old).toMatch(/alert protocol version/);
    }
  });

  test("TURN/DTLS offers DTLS 1.2 with a valid certificate, and rejects DTLS 1.0", async () => {
    const { turnName, ports } = context().plan;
    const said = await handshake(context(), turnName, ports.turnTls.first, "-dtls1_2");
    expect(said).toMatch(/Protocol *: DTLSv1\.2/);
    expect(said).toContain("Verify return code: 0 (ok)");
    const old = await handshake(context(), turnName, ports.turnTls.first, "-dtls1", "-cipher", "DEFAULT@SECLEVEL=0");
    expect(old).toMatch(/alert protocol version/);
  });

  test("nginx forwards connections on port 443 to the API or to Coturn by the TLS server name", async () => {
    const { apiName, turnName, ports } = context().plan;
    const root = ["--cacert", await context().rootFile()];
    const api = await context().outside([
      "curl",
      "--silent",
      "--fail",
      "--max-time",
      "10",
      ...root,
      `https://${apiName}/`,
    ]);
    expect(api).toMatchObject({ exitCode: 0, all: "OK" });
    const client = `openssl s_client -quiet -connect ${turnName}:${ports.https.first} -servername ${turnName} 2>/dev/null`;
    // `openssl s_client` does not exit at the end of its input. So `od` reads from a process substitution, for which
    // bash does not wait.
    const asking = `od -An -tx1 -N2 < <(exec 2>/dev/null; { printf '${bindingRequest}'; sleep 9; } | timeout 10 ${client}) | tr -d ' \\n'`;
    expect(await context().outside(["bash", "-c", asking])).toMatchObject({ exitCode: 0, all: bindingSuccess });
  });
}

/** Returns the output of OpenSSL's client for a handshake from outside. Node.js does not support DTLS. */
async function handshake(node: TestNode, name: string, port: number, ...flags: readonly string[]): Promise<string> {
  const verified = ["-CAfile", await node.rootFile(), "-verify_return_error", "-verify_hostname", name];
  const command = ["openssl", "s_client", "-connect", `${name}:${port}`, "-servername", name, ...verified, ...flags];
  const { all } = await node.outside(["timeout", "10", "sh", "-c", 'exec "$@" </dev/null', "sh", ...command]);
  return all;
}
