import { execFile } from "node:child_process";
import { connect } from "node:net";
import { pipeline } from "node:stream/promises";
import { createSecureContext, createServer, type SecureContext } from "node:tls";
import { promisify } from "node:util";
import { issue } from "./certificate-authority";
import { addresses, ports } from "./state";

/**
 * Matches the AWS endpoints that programs on machines call by their real name, without AWS_ENDPOINT_URL. On Debian 13,
 * only Docker's CloudWatch log driver does so.
 */
const ownName = /^logs\.[a-z0-9-]+\.amazonaws\.com$/;

export function isServiceName(name: string): boolean {
  return ownName.test(name);
}

/** Serves the simulated AWS under real service names, with certificates of the simulated Amazon root. */
export function serveServices(): void {
  const contexts = new Map<string, Promise<SecureContext>>();
  const contextOf = (name: string) => {
    const known = contexts.get(name) ?? secureContext(name);
    contexts.set(name, known);
    known.catch(() => contexts.delete(name));
    return known;
  };
  const options = {
    SNICallback: (name: string, done: (error: Error | null, context?: SecureContext) => void) => {
      contextOf(name).then((context) => done(null, context), done);
    },
  };
  createServer(options, (client) => {
    // Either side may close the connection first; that is not an error.
    pipeline(client, connect(ports.aws, "127.0.0.1"), client).catch(() => undefined);
  }).listen(ports.https, addresses.services);
}

async function secureContext(name: string): Promise<SecureContext> {
  if (!isServiceName(name)) throw new Error(`${name} is not the name of a simulated AWS service`);
  const { stdout } = await promisify(execFile)("sh", ["-c", issue], { env: { ...process.env, NAME: name } });
  return createSecureContext({ key: stdout, cert: stdout });
}
