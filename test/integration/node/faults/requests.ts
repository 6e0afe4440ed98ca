import { generateKeyPairSync, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readNodeSources } from "../../../../stacks/node-sources";
import { nodePaths } from "../../../../templates/node/paths";
import { eventually } from "../../../support/eventually";
import type { TestNode } from "../../../support/test-node";
import { changed, converged, live, paths } from "./tools";

const unsigned = () => "";

/** Tests of requests by someone who can write the bucket, but has no permission to sign. */
export function requestErrors(context: () => TestNode): void {
  const nginx = () => live(context(), "nginx/nginx.conf");
  const foreign = () => changed(context().bundle(), paths.nginx, /^/, "# foreign\n");

  test.each([
    ["without a signature", unsigned, /the request has no signature/],
    ["signed with another key", signedByAnother, /does not match the stack's key/],
  ])("rejects a request for a foreign bundle %s, and keeps the bundle", async (_, sign, reason) => {
    const before = await context().processes();
    const { exitCode, all } = await context().apply(foreign(), { sign });
    expect([exitCode, all]).toEqual([1, expect.stringContaining("refused")]);
    expect(all).toMatch(reason);
    expect(await nginx()).not.toContain("# foreign");
    expect(await context().processes()).toEqual(before);
  });

  test("rejects a former request that someone sends again, also after the puller's restart", async () => {
    const bundle = changed(context().bundle(), paths.nginx, /^/, "# former\n");
    expect(await context().apply(bundle)).toMatchObject({ exitCode: 0 });
    const former = await context().request();
    expect(await context().apply()).toMatchObject({ exitCode: 0 });
    const replayed = await context().replay(former);
    expect([replayed.exitCode, replayed.all]).toEqual([1, expect.stringMatching(/older than the last one/)]);
    await context().machine.run(["systemctl", "restart", "livekit-node"]);
    await refusedAgain(context());
    expect(await nginx()).not.toContain("# former");
    expect(await context().apply()).toMatchObject({ exitCode: 0 });
  });

  test("an instance of a release before request signing gets the puller and the key with its next bundle", async () => {
    const calls = await context().processes();
    await installUnsignedPuller(context());
    expect(await context().apply()).toMatchObject({ exitCode: 0 });
    const { machine } = context();
    await eventually(async () => {
      expect(await machine.run(["cat", nodePaths.puller])).toBe(readNodeSources().puller);
      expect(await machine.run(["cat", nodePaths.publicKey])).toContain("BEGIN PUBLIC KEY");
    });
    // The bundle is the same, so no service restarts.
    expect(await context().processes()).toEqual(calls);
    // The new puller verifies and repeats the request that installed it.
    await converged(context());
    const { exitCode, all } = await context().apply(foreign(), { sign: unsigned });
    expect([exitCode, all]).toEqual([1, expect.stringContaining("no signature")]);
    expect(await context().apply()).toMatchObject({ exitCode: 0 });
  });
}

/** Returns a valid signature of another key. */
function signedByAnother(body: string): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return sign("sha256", Buffer.from(body), privateKey).toString("base64");
}

/** Waits until the node's puller has refused its request since the puller's last start. */
async function refusedAgain({ machine }: TestNode): Promise<void> {
  const show = "systemctl show --property InvocationID --value livekit-node";
  const script = `journalctl --no-pager --output cat _SYSTEMD_INVOCATION_ID=$(${show})`;
  await eventually(async () => expect(await machine.run(["sh", "-c", script])).toContain("refused: "));
}

/** Makes the machine one that a release before request signing launched: its puller verifies no signature. */
async function installUnsignedPuller({ machine }: TestNode): Promise<void> {
  const puller = readFileSync(join(__dirname, "../../../support/unsigned-puller.txt")).toString("base64");
  const script = `echo ${puller} | base64 -d > ${nodePaths.puller}; rm ${nodePaths.publicKey}`;
  await machine.run(["sh", "-c", `${script}; systemctl restart livekit-node`]);
}
