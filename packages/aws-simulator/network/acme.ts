import type Dockerode from "dockerode";
import { tarArchive } from "../../provider-kit/archive";
import { run } from "./containers";
import { createPart, type SimulatorInstance } from "./parts";
import { addresses, ports } from "./state";

const folder = "/etc/pebble";

/** Certificate lifetime: 90 days, as with Let's Encrypt. */
const lifetimeSeconds = 90 * 24 * 3600;

/** ACME directory URL that machines use. */
export const directoryUrl = `https://${addresses.services}:${ports.acme}/dir`;

/** Pebble's configuration file (its README, "pebble-config.json"). */
const configuration = {
  pebble: {
    listenAddress: `0.0.0.0:${ports.acme}`,
    managementListenAddress: `0.0.0.0:${ports.acmeManagement}`,
    certificate: `${folder}/server.pem`,
    privateKey: `${folder}/server.key`,
    httpPort: 80,
    tlsPort: 443,
    ocspResponderURL: "",
    externalAccountBindingRequired: false,
    retryAfter: { authz: 1, order: 1 },
    profiles: { default: { description: "What Let's Encrypt issues by default", validityPeriod: lifetimeSeconds } },
  },
};

/** The server certificate is self-signed, so machines are configured to trust it. */
const script = `
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=ACME server" \\
  -addext subjectAltName=IP:${addresses.services},IP:127.0.0.1 -keyout ${folder}/server.key -out ${folder}/server.pem 2>/dev/null
exec pebble -config ${folder}/pebble.json -dnsserver 127.0.0.1:${ports.dns}
`;

/**
 * Starts the certificate authority. It validates DNS-01 challenges against the gateway's name server, without delays.
 */
export async function startAcme(slot: SimulatorInstance, network: string): Promise<Dockerode.Container> {
  const container = await createPart(
    slot,
    "acme",
    "acme",
    ["sh", "-c", script],
    { NetworkMode: network },
    { Env: ["PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=0"] },
  );
  const file = { path: `${folder}/pebble.json`, content: JSON.stringify(configuration), mode: 0o644 };
  await container.putArchive(tarArchive([file]), { path: "/" });
  await container.start();
  return container;
}

/** Returns the server certificate of Pebble's own endpoints, in PEM. */
export function acmeServerCertificate(acme: Dockerode.Container): Promise<string> {
  return run(acme, ["cat", `${folder}/server.pem`]);
}

/** Returns the root certificate of issued certificates, in PEM. Pebble creates a new root at every start. */
export function issuingRoot(acme: Dockerode.Container): Promise<string> {
  return run(acme, ["curl", "--silent", "--fail", "--insecure", `https://127.0.0.1:${ports.acmeManagement}/roots/0`]);
}
