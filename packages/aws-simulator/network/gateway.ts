import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { metadataServer } from "./metadata";
import { serveNames } from "./names";
import { ownZone } from "./own-names";
import { serveServices } from "./own-services";
import { Reconciler } from "./reconciler";
import { findZone } from "./route53";
import { addresses, controlSocket, ports } from "./state";

const followMilliseconds = 250;

/** Entry point of the gateway's container. */
function serve(): void {
  for (const address of [addresses.metadata, addresses.services, addresses.internetRouter]) {
    execFileSync("ip", ["address", "replace", `${address}/32`, "dev", "lo"]);
  }
  const reconciler = new Reconciler();
  metadataServer(() => reconciler.topology).listen(ports.metadata, addresses.metadata);
  serveNames(ports.dns, {
    zoneOf: async (name) => ownZone(name, reconciler.topology) ?? findZone(name),
    isHealthy: (healthCheck) => reconciler.isHealthy(healthCheck),
    regionOf: (address) => reconciler.regionOf(address),
  });
  serveServices();
  serveControl(reconciler);
  keepUp(reconciler);
}

/**
 * Serves the control socket. `POST /change` applies a change and responds with a message once it is applied; `GET
 * /state` returns the registered state.
 */
function serveControl(reconciler: Reconciler): void {
  const server = createServer(async (request, response) => {
    if (request.method === "GET") return response.end(JSON.stringify(reconciler.state));
    try {
      response.end(await reconciler.change(JSON.parse(await text(request))));
    } catch (error) {
      response.writeHead(400).end((error as Error).message);
    }
  });
  server.listen(controlSocket);
}

/** Polls the simulated AWS forever, with a pause between polls. */
async function keepUp(reconciler: Reconciler): Promise<never> {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, followMilliseconds));
    await reconciler.poll();
  }
}

serve();
