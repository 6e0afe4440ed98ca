import { eventually } from "../../../../test/support/eventually";
import type { Execution } from "../../network/containers";

type Protocol = "tcp" | "udp";

/** A machine or a client of a simulator. */
export interface Host {
  run(command: readonly string[]): Promise<string>;
  execute(command: readonly string[]): Promise<Execution>;
}

/** Runs a server that answers each client with the client's address as the server sees it, or with a fixed text. */
export async function echo(host: Host, protocol: Protocol, port: number, answer?: string): Promise<void> {
  const server = protocol === "tcp" ? "ThreadingTCPServer" : "ThreadingUDPServer";
  const said = answer === undefined ? "self.client_address[0].encode()" : `b"${answer}"`;
  const respond =
    protocol === "tcp"
      ? `self.request.recv(100); self.request.sendall(${said})`
      : `self.request[1].sendto(${said}, self.client_address)`;
  const script = `
import socketserver
class Handler(socketserver.BaseRequestHandler):
    def handle(self): ${respond}
socketserver.${server}.allow_reuse_address = True
socketserver.${server}(("0.0.0.0", ${port}), Handler).serve_forever()
`;
  await host.run(["sh", "-c", 'setsid --fork "$@" > /dev/null 2>&1', "sh", "python3", "-c", script]);
  const listening = protocol === "tcp" ? "--tcp" : "--udp";
  await eventually(async () => {
    expect(await host.run(["ss", "--all", "--numeric", listening])).toContain(`:${port} `);
  }, 10_000);
}

/** Stops the server of {@link echo} on a TCP port. */
export async function hush(host: Host, port: number): Promise<void> {
  const listening = await host.run(["ss", "--listening", "--numeric", "--tcp", "--processes"]);
  const pid = new RegExp(`:${port} .*pid=(\\d+)`).exec(listening)?.[1];
  if (pid === undefined) throw new Error(`nothing listens on ${port}:\n${listening}`);
  await host.run(["sh", "-c", `kill ${pid}`]);
}

/** Returns the answer that a host gets from an {@link echo} server, by address or name. */
export async function received(client: Host, protocol: Protocol, name: string, port: number): Promise<string> {
  const kind = protocol === "tcp" ? "SOCK_STREAM" : "SOCK_DGRAM";
  const script = `
import socket
asking = socket.socket(socket.AF_INET, socket.${kind})
asking.settimeout(1)
try:
    asking.connect(("${name}", ${port}))
    asking.send(b"x")
    print(asking.recv(100).decode())
except TimeoutError:
    print("timed out")
except OSError as error:
    print(error.strerror)
`;
  return (await client.run(["python3", "-c", script])).trim();
}
