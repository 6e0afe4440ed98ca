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

/** What the gateway's container runs for as long as it lives. */
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

/** `POST /change` takes a change and answers when packets meet it, with what there is to say; `GET /state` tells what was told. */
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

/** A pause between two looks at the simulated AWS, however long one takes. */
async function keepUp(reconciler: Reconciler): Promise<never> {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, followMilliseconds));
    await reconciler.poll();
  }
}

serve();
