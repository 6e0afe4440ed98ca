import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import type { TestContext } from "./context";

/** Bit of each capability in the kernel's masks. */
const capabilityBits: Readonly<Record<string, bigint>> = { NET_BIND_SERVICE: 1n << 10n };

/** Each service's user, and the most capabilities that it may have. */
type Rights = Readonly<Record<string, { readonly user: number; readonly capabilities: readonly string[] }>>;

/** Coturn's binary has one file capability and does not start without it. */
export const serviceRights: Rights = {
  coturn: { user: 65534, capabilities: ["NET_BIND_SERVICE"] },
  livekit: { user: 65532, capabilities: [] },
  "livekit-redis": { user: 999, capabilities: [] },
  nginx: { user: 65534, capabilities: [] },
};

/** Tests that containers have few privileges, and that Redis only serves clients with its password. */
export function containerControls(context: () => TestContext, services: () => Rights = () => serviceRights): void {
  test("every container has a read-only root, no default capabilities, no host mount and a pinned image", async () => {
    const running = await context().stack.running();
    expect(running).toHaveLength(Object.keys(services()).length);
    for (const { HostConfig, Config, Mounts } of running) {
      expect(HostConfig).toMatchObject({ ReadonlyRootfs: true, Privileged: false, CapDrop: ["ALL"], PidMode: "" });
      expect(HostConfig.SecurityOpt).toContain("no-new-privileges:true");
      expect(HostConfig.LogConfig?.Config).toEqual({ "max-size": "10m", "max-file": "3" });
      // A mount of Docker's socket or of a host folder would allow an escape from the container.
      expect(Mounts.map(({ Type }) => Type).filter((type) => type !== "volume")).toEqual([]);
      // The provider starts an image by its digest, so a moved tag changes nothing.
      expect(Config.Image).toMatch(/^sha256:[0-9a-f]{64}$/);
    }
  });

  test("the kernel limits every service to its own user and capabilities", async () => {
    for (const { Name, State } of await context().stack.running()) {
      const service = Name.slice(`/${context().stack.namePrefix}-`.length);
      const { user = 0, capabilities = [] } = services()[service] ?? {};
      const allowed = capabilities.reduce((mask, name) => mask | (capabilityBits[name] ?? 0n), 0n);
      const status = readFileSync(`/proc/${State.Pid}/status`, "utf8");
      const field = (name: string) => new RegExp(`^${name}:\\s*(\\S.*)$`, "m").exec(status)?.[1];
      expect([service, field("Uid")]).toEqual([service, Array(4).fill(user).join("\t")]);
      expect([service, BigInt(`0x${field("CapBnd")}`)]).toEqual([service, allowed]);
      expect([service, BigInt(`0x${field("CapEff")}`) & ~allowed]).toEqual([service, 0n]);
      expect([service, field("NoNewPrivs")]).toEqual([service, "1"]);
    }
  });

  test("Redis answers only on loopback and only with its password", async () => {
    const { redisPort } = context().stack;
    const password = context().stack.values(".env")["REDIS_PASSWORD"] ?? "";
    await expect(ask(redisPort, "PING")).resolves.toMatch(/^-NOAUTH/);
    await expect(ask(redisPort, "AUTH guessed")).resolves.toMatch(/^-WRONGPASS/);
    await expect(ask(redisPort, `AUTH ${password}`)).resolves.toBe("+OK\r\n");
    const outside = connect(redisPort, context().node.publicAddress);
    await expect(once(outside, "connect")).rejects.toThrow("ECONNREFUSED");
  });
}

async function ask(port: number, command: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(`${command}\r\n`);
  const [answer] = await once(socket, "data");
  socket.destroy();
  return String(answer);
}
