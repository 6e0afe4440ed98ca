import type Dockerode from "dockerode";
import { removeContainer } from "../../provider-kit/remove-container";

/** A veth pair from a container to the gateway, and the address of the container's end. */
export interface Cable {
  /** Interface name in the gateway. */
  readonly port: string;
  /** Interface name in the container. */
  readonly device: string;
  readonly mac: string;
  /** Address and prefix length in the container. */
  readonly address: string;
  /** The container's default gateway; the simulator's gateway gets this address. */
  readonly router: string;
  /** Address at which the gateway serves DNS. The gateway also uses it as source address toward the container. */
  readonly server: string;
  /** Networks whose unused addresses are blackholed. */
  readonly networks: readonly string[];
}

/** Shell script that creates the veth pair; environment variables configure it. Routes need an interface that is up. */
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
 * Connects two running containers with a veth pair. The script needs the host's PID namespace, so it runs in a
 * short-lived container. No other container has that access.
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
    if (code !== 0)
      throw new Error(`can't attach the network interface with address ${cable.address}: ${await said(container)}`);
  } finally {
    await removeContainer(container);
  }
}

async function said(container: Dockerode.Container): Promise<string> {
  const logs = await container.logs({ stdout: true, stderr: true, follow: false });
  // Each frame of output has an eight-byte header, which is not text.
  return logs
    .toString("utf8")
    .replaceAll(/[^\x20-\x7e\n]/g, "")
    .trim();
}
