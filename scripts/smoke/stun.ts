import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { isIPv6, connect as tcpConnect } from "node:net";
import { type Reach, resolveHost } from "./reach";

/** How long an answer may take: three of STUN's retransmissions, beyond any sane round trip. */
const timeoutMs = 2000;

/** A STUN binding request without attributes (RFC 8489). */
function bindingRequest(): Buffer {
  return Buffer.concat([Buffer.from("000100002112a442", "hex"), randomBytes(12)]);
}

/**
 * Asks a TURN server for a STUN binding, which needs no credentials: tells a closed port from refused credentials.
 * @throws the socket's error, or one that says that no answer came
 */
export async function requestBinding(
  { host, port }: { host: string; port: number },
  transport: "udp" | "tcp",
  reach: Reach,
): Promise<void> {
  const address = await resolveHost(host, reach);
  await (transport === "tcp" ? overTcp(address, port) : overUdp(address, port));
}

async function overTcp(host: string, port: number): Promise<void> {
  const socket = tcpConnect({ host, port, timeout: timeoutMs });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("data", () => resolve());
      socket.once("error", reject);
      socket.once("close", () => reject(new Error("the connection was closed without an answer")));
      socket.once("timeout", () => reject(new Error(`no answer within ${timeoutMs} ms`)));
      socket.write(bindingRequest());
    });
  } finally {
    socket.destroy();
  }
}

async function overUdp(host: string, port: number): Promise<void> {
  const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
  const request = bindingRequest();
  const send = () => socket.send(request, port, host);
  const resend = setInterval(send, timeoutMs / 4);
  let giveUp: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      giveUp = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
      socket.once("message", () => resolve());
      socket.once("error", reject);
      send();
    });
  } finally {
    clearTimeout(giveUp);
    clearInterval(resend);
    socket.close();
  }
}
