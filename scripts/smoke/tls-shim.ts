import { type AddressInfo, createServer, isIP, type Socket } from "node:net";
import { connect } from "node:tls";
import { type Alarm, relayError, renewalError } from "./error";
import { type Reach, socketOptions } from "./reach";

export interface TlsSession {
  /** Name or address that the certificate was verified for. */
  readonly peer: string;
  readonly version: string;
  readonly cipher: string;
  /** Returns the payload of the encrypted connection in bytes, both directions together. */
  readonly bytes: () => number;
}

/** A loopback TCP port that forwards to the relay over verified TLS. */
export interface TlsShim {
  readonly port: number;
  readonly sessions: readonly TlsSession[];
  readonly close: () => Promise<void>;
}

/**
 * Opens a port that forwards the client's TURN/TCP to the relay over TLS. The native client can't trust a private CA,
 * so the shim sets up TLS and verifies the certificate chain and the name. A failed handshake is reported to `alarm`.
 * @param target returns the relay's name and port. Called when a client connects: only the join response contains them
 */
export async function openTlsShim(
  target: () => { readonly host: string; readonly port: number } | undefined,
  reach: Reach,
  alarm: Alarm,
): Promise<TlsShim> {
  const sessions: TlsSession[] = [];
  const clients = new Set<Socket>();
  const server = createServer((client) => {
    const found = target();
    if (found === undefined) return void client.destroy();
    const { host, port } = found;
    clients.add(client);
    const relay = connect({ host, port, ...(!isIP(host) && { servername: host }), ...socketOptions(reach) });
    relay.once("secureConnect", () => {
      const error = renewalError(relay, `${host}:${port}`);
      if (error) alarm.raise(error);
      sessions.push({
        peer: host,
        version: relay.getProtocol() ?? "unknown",
        cipher: relay.getCipher().name,
        bytes: () => client.bytesRead + client.bytesWritten,
      });
    });
    relay.on("error", (error) => {
      alarm.raise(relayError(error, `${host}:${port}`));
      client.destroy();
    });
    client.on("error", () => relay.destroy());
    client.on("close", () => relay.destroy());
    relay.on("close", () => client.destroy());
    client.pipe(relay).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    sessions,
    close: async () => {
      for (const client of clients) client.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
