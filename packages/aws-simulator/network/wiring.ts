import type Dockerode from "dockerode";
import { removeContainer } from "./containers";

/** A cable from a container to the gateway, and the address at its end. */
export interface Cable {
  /** The interface's name at the gateway. */
  readonly port: string;
  /** The interface's name in the container. */
  readonly device: string;
  readonly mac: string;
  /** Address and prefix length of the container's end. */
  readonly address: string;
  /** The container's default route; the gateway takes this address. */
  readonly router: string;
  /** The address that the gateway serves names at, and sends from. */
  readonly server: string;
  /** What is not attached of these networks is nowhere. */
  readonly networks: readonly string[];
}

/** Runs with the names of a cable in its environment. Each end is set up before the next step needs it. */
const script = `
set -e
gateway() { nsenter --target "$GATEWAY" --net -- "$@"; }
inside() { nsenter --target "$INSIDE" --net -- "$@"; }
gateway ip link delete "$PORT" 2>/dev/null || true
gateway ip link add "$PORT" type veth peer name "$DEVICE" address "$MAC" netns "$INSIDE"
gateway ip link set "$PORT" up
# It answers for others at once; by default up to 0.8 s later.
gateway ip ntable change name arp_cache dev "$PORT" proxy_delay 0
for address in $ROUTER $SERVER; do gateway ip address replace "$address/32" dev lo; done
for network in $NETWORKS; do gateway ip route replace blackhole "$network"; done
gateway ip route replace "\${ADDRESS%/*}/32" dev "$PORT" src "$SERVER"
inside ip address add "$ADDRESS" dev "$DEVICE"
inside ip link set "$DEVICE" up
inside ip route add default via "$ROUTER"
`;

/**
 * Lays a cable between two running containers. A container that ends as soon as it is done sees the processes of the
 * engine's machine for that; none that lives longer does.
 */
export async function attach(
  docker: Dockerode,
  image: string,
  ends: { readonly gateway: Dockerode.Container; readonly inside: Dockerode.Container },
  { networks, ...cable }: Cable,
  labels: Readonly<Record<string, string>>,
): Promise<void> {
  const pid = async (container: Dockerode.Container) => `${(await container.inspect()).State.Pid}`;
  const env = {
    GATEWAY: await pid(ends.gateway),
    INSIDE: await pid(ends.inside),
    PORT: cable.port,
    DEVICE: cable.device,
    MAC: cable.mac,
    ADDRESS: cable.address,
    ROUTER: cable.router,
    SERVER: cable.server,
    NETWORKS: networks.join(" "),
  };
  const container = await docker.createContainer({
    Image: image,
    Cmd: ["sh", "-c", script],
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    Labels: { ...labels },
    HostConfig: {
      PidMode: "host",
      NetworkMode: "none",
      CapAdd: ["SYS_ADMIN", "NET_ADMIN", "SYS_PTRACE"],
      SecurityOpt: ["apparmor=unconfined", "label=disable"],
    },
  });
  try {
    await container.start();
    const { StatusCode: code } = await container.wait();
    if (code !== 0) throw new Error(`attaching ${cable.address}: ${await said(container)}`);
  } finally {
    await removeContainer(container);
  }
}

async function said(container: Dockerode.Container): Promise<string> {
  const logs = await container.logs({ stdout: true, stderr: true, follow: false });
  // Each piece of output has a header of eight bytes, which are no text.
  return logs
    .toString("utf8")
    .replaceAll(/[^\x20-\x7e\n]/g, "")
    .trim();
}
