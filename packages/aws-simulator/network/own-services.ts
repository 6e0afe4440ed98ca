import { execFile } from "node:child_process";
import { connect } from "node:net";
import { pipeline } from "node:stream/promises";
import { createSecureContext, createServer, type SecureContext } from "node:tls";
import { promisify } from "node:util";
import { issue } from "./certificate-authority";
import { addresses, ports } from "./state";

/** Services that a program on a machine asks by their own name: Docker's CloudWatch driver, as Debian 13 has it. */
const ownName = /^logs\.[a-z0-9-]+\.amazonaws\.com$/;

export function isServiceName(name: string): boolean {
  return ownName.test(name);
}

/** Serves the simulated AWS under its services' own names, with certificates of Amazon's simulated authority. */
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
    // Either end may go first, and then the other has nothing to do.
    pipeline(client, connect(ports.aws, "127.0.0.1"), client).catch(() => undefined);
  }).listen(ports.https, addresses.services);
}

async function secureContext(name: string): Promise<SecureContext> {
  if (!isServiceName(name)) throw new Error(`${name} is no service's`);
  const { stdout } = await promisify(execFile)("sh", ["-c", issue], { env: { ...process.env, NAME: name } });
  return createSecureContext({ key: stdout, cert: stdout });
}
