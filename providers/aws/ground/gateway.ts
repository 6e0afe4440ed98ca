import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { Keeper } from "./keeper";
import { metadataServer } from "./metadata";
import { serveNames } from "./names";
import { ownZone } from "./own-names";
import { serveServices } from "./own-services";
import { findZone } from "./route53";
import { addresses, controlSocket, ports } from "./state";

const followMilliseconds = 250;

/** What the gateway's container runs for as long as it lives. */
function serve(): void {
  for (const address of [addresses.metadata, addresses.services, addresses.internetRouter]) {
    execFileSync("ip", ["address", "replace", `${address}/32`, "dev", "lo"]);
  }
  const keeper = new Keeper();
  metadataServer(() => keeper.topology).listen(ports.metadata, addresses.metadata);
  serveNames(ports.dns, {
    zoneOf: async (name) => ownZone(name, keeper.topology) ?? findZone(name),
    isHealthy: (healthCheck) => keeper.isHealthy(healthCheck),
    regionOf: (address) => keeper.regionOf(address),
  });
  serveServices();
  serveControl(keeper);
  keepUp(keeper);
}

/** `POST /change` takes a change and answers when packets meet it, with what there is to say; `GET /state` tells what was told. */
function serveControl(keeper: Keeper): void {
  const server = createServer(async (request, response) => {
    if (request.method === "GET") return response.end(JSON.stringify(keeper.state));
    try {
      response.end(await keeper.change(JSON.parse(await text(request))));
    } catch (error) {
      response.writeHead(400).end((error as Error).message);
    }
  });
  server.listen(controlSocket);
}

/** A pause between two looks at the simulated AWS, however long one takes. */
async function keepUp(keeper: Keeper): Promise<never> {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, followMilliseconds));
    await keeper.look();
  }
}

serve();
