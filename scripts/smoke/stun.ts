import { createSocket } from "node:dgram";
import { isIPv6, connect as tcpConnect } from "node:net";
import { type Reach, resolveHost } from "./reach";
import { encodeRequest, methods } from "./stun-message";

/** Timeout for the response. Enough for three of STUN's retransmissions, and longer than any realistic round trip. */
const timeoutMs = 2000;

/**
 * Sends a STUN binding request to a TURN server. The request needs no credentials, so it distinguishes a closed port
 * from rejected credentials.
 * @throws the socket's error, or an Error if there is no response
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
      socket.once("close", () => reject(new Error("the STUN server closed the connection without an answer")));
      socket.once("timeout", () => reject(new Error(`the STUN server did not answer within ${timeoutMs} ms`)));
      socket.write(encodeRequest(methods.binding, []));
    });
  } finally {
    socket.destroy();
  }
}

async function overUdp(host: string, port: number): Promise<void> {
  const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
  const request = encodeRequest(methods.binding, []);
  const send = () => socket.send(request, port, host);
  const resend = setInterval(send, timeoutMs / 4);
  let giveUp: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      giveUp = setTimeout(() => reject(new Error(`the STUN server did not answer within ${timeoutMs} ms`)), timeoutMs);
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
