import { ownAddresses } from "../stacks/host";

/** What an address that no interface has must be; undefined for one of this machine's own. */
export function foreignAddress(address: string, own: readonly string[] = ownAddresses()): string | undefined {
  if (own.includes(address)) return undefined;
  const fix = "or be removed with: pulumi config rm livekit:publicAddress";
  return `no interface of this machine has it: it must be of a router in front that passes the ports on, ${fix}`;
}
