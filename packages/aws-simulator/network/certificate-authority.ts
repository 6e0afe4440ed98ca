import type Dockerode from "dockerode";
import { run } from "./containers";

const folder = "/var/lib/certificate-authority";

/**
 * Creates a root certificate in place of Amazon's, for servers under AWS's own names (AWS's ElastiCache guide,
 * "in-transit encryption").
 */
const create = `
mkdir -p ${folder}
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=Simulated Amazon root" \\
  -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign \\
  -keyout ${folder}/root.key -out ${folder}/root.pem 2>/dev/null
`;

/** Prints a key and a certificate for the name in the variable NAME. */
export const issue = `
set -e
cd "$(mktemp -d)"
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=simulated" -keyout key.pem -out request.pem 2>/dev/null
printf 'subjectAltName=DNS:%s\\nbasicConstraints=CA:FALSE\\nextendedKeyUsage=serverAuth\\n' "$NAME" > extensions
openssl x509 -req -in request.pem -CA ${folder}/root.pem -CAkey ${folder}/root.key -days 30 -extfile extensions \\
  -out certificate.pem 2>/dev/null
cat key.pem certificate.pem
`;

/** Creates the simulator's root certificate for AWS's own endpoints. */
export async function createCa(gateway: Dockerode.Container): Promise<void> {
  await run(gateway, ["sh", "-c", create]);
}

/** Returns the root certificate, in PEM. Each simulator has a different one. */
export function caRoot(gateway: Dockerode.Container): Promise<string> {
  return run(gateway, ["cat", `${folder}/root.pem`]);
}

/** Returns a new key and certificate for a name, concatenated in PEM. */
export function issueCertificate(gateway: Dockerode.Container, name: string): Promise<string> {
  return run(gateway, ["sh", "-c", issue], { env: { NAME: name } });
}
