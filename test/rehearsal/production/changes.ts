import { createHash } from "node:crypto";
import { join } from "node:path";
import { turnCredentials } from "../../../model/credentials";
import { projectFolder } from "../../../stacks/env";
import { secretNames } from "../../../templates/node/bundle";
import { agedCertificate } from "../../support/aged-certificate";
import { eventually } from "../../support/eventually";
import type { Outputs, Rehearsed } from "../../support/rehearsed";
import { expectUnbrokenMedia, type RunningCall } from "../../support/running-call";

const relayPeers = join(__dirname, "../../support/outside/relay-peers.ts");

/** Tests of drain, change, rollback, renewal and rotation with the operator's tools: `pulumi up` and our commands. */
export function changes(context: () => Rehearsed): void {
  /** Runs an operation during a direct and a relayed call. Returns the services that restarted. */
  async function restartedBy(operation: () => Promise<unknown>): Promise<string[]> {
    const before = await context().processes();
    const calls = await Promise.all([context().holdCall("udp"), context().holdCall("turn-tls")]);
    await operation();
    for (const held of await Promise.all(calls.map((call) => call.end()))) {
      expect(held.interruptions).toBe(0);
      expectUnbrokenMedia(held);
    }
    return servicesChangedSince(before);
  }

  async function servicesChangedSince(before: Readonly<Record<string, number>>): Promise<string[]> {
    const after = await context().processes();
    return Object.keys(after).filter((name) => after[name] !== before[name]);
  }

  const commandsIn = (steps: readonly string[]) => steps.filter((step) => step.includes("Command"));
  const drains = () => eventually(async () => expect(context().said("euc1-1: draining livekit")).toBe(true));

  /** Returns the SHA-256 of the node's active bundle and of its desired bundle. */
  async function bundles(): Promise<{ readonly inForce: string; readonly wanted: string }> {
    const [node] = JSON.parse((await context().operator("nodes", "--json")).stdout) as { bundle: string }[];
    const { bucket = "" } = await context().outputs();
    const content = await (await context().rehearsal.aws()).object(bucket, "bundles/euc1-1.json");
    return {
      inForce: node?.bundle ?? "",
      wanted: createHash("sha256")
        .update(content ?? "")
        .digest("hex"),
    };
  }

  /**
   * Returns the relay's error for TURN credentials that are derived from this secret. Returns an empty text if the
   * relay accepts them.
   */
  async function rejection(turnSecret = ""): Promise<string> {
    const { turnName, ports } = context().rehearsal.plan;
    const { username, password } = turnCredentials("rotation", turnSecret);
    const program = `${process.execPath} --require ${projectFolder}/scripts/lib/typescript.cjs ${relayPeers}`;
    const credentials = `USERNAME='${username}' PASSWORD='${password}'`;
    const { all } = await context().outsideShell(`${credentials} ${program} ${turnName}:${ports.turn.first}`);
    return all.trim() === "{}" ? "" : all;
  }

  let former: Outputs;

  test("rotated and previous secrets both work, and LiveKit's restart waits for running calls", async () => {
    former = await context().outputs();
    expect(await context().operator("secrets", "--rotate")).toMatchObject({ exitCode: 0 });
    const before = await context().processes();
    const calls: RunningCall[] = [await context().holdCall("udp"), await context().holdCall("turn-tls")];
    const rotated = context().up();
    await drains();
    for (const call of calls) expect(await call.end()).toMatchObject({ interruptions: 0 });
    await rotated;
    // The node exporter restarts too, because the rotation also changes the metrics password.
    const changed = await servicesChangedSince(before);
    expect(changed.toSorted()).toEqual(["inspire-lab-livekit", "inspire-lab-node-exporter"]);
    const { apiKey, turnSecret } = await context().outputs();
    expect([apiKey, turnSecret]).not.toEqual([former.apiKey, former.turnSecret]);
    expect(await context().outside("smoke")).toMatchObject({ exitCode: 0 });
    expect(await context().smokeWith(former, "--paths", "wss")).toMatchObject({ exitCode: 0 });
    expect([await rejection(turnSecret), await rejection(former.turnSecret)]).toEqual(["", ""]);
  });

  let unset: string;

  test("a changed setting and the end of a rotation restart only LiveKit, after a drain, as the preview shows beforehand", async () => {
    ({ inForce: unset } = await bundles());
    expect(await context().operator("secrets", "--finish")).toMatchObject({ exitCode: 0 });
    await context().set("room.maxParticipants", "9");
    expect(await context().preview()).toMatch(/LIVEKIT.*changePolicy=drain .* mayHaveOthers=false/);
    const before = await context().processes();
    const call = await context().holdCall("udp");
    const changed = context().up();
    await drains();
    expect(await call.end()).toMatchObject({ interruptions: 0 });
    expect(commandsIn(await changed)).toEqual(["update Command euc1-1-change"]);
    expect(await servicesChangedSince(before)).toEqual(["inspire-lab-livekit"]);
  });

  test("previous secrets are invalid once the rotation is finished", async () => {
    const rejected = await context().smokeWith(former, "--paths", "wss", "--timeout-seconds", "5");
    expect([rejected.exitCode, rejected.all]).toEqual([1, expect.stringMatching(/token.*401/s)]);
    const { turnSecret } = await context().outputs();
    expect([await rejection(turnSecret), await rejection(former.turnSecret)]).toEqual([
      "",
      expect.stringContaining("401"),
    ]);
  });

  test("a rollback restores the previous bundle, which stays active until an `up` changes the node", async () => {
    const { inForce, wanted } = await bundles();
    expect(inForce).toBe(wanted);
    expect(await context().operator("nodes", "--rollback")).toMatchObject({ exitCode: 0 });
    expect(await bundles()).toEqual({ inForce: unset, wanted });
    expect(await context().up()).toEqual([]);
    await context().set("room.maxParticipants", "8");
    await context().up();
    const mended = await bundles();
    expect(mended.inForce).toBe(mended.wanted);
    expect([unset, wanted]).not.toContain(mended.inForce);
  });

  test("every service presents a renewed certificate, and no call is affected", async () => {
    const { turnName, namePrefix, certificateNames } = context().rehearsal.plan;
    const shown = () => Promise.all([443, 5349].map((port) => context().fingerprint(turnName, port)));
    const before = await shown();
    const dueIn = JSON.stringify(await agedCertificate(certificateNames, { lifeDays: 45, daysLeft: 3 }));
    const restarted = await restartedBy(async () => {
      const named = ["--secret-id", secretNames(namePrefix).certificate, "--secret-string", dueIn];
      await context().aws("secretsmanager", "put-secret-value", ...named);
      const machine = await context().machine();
      // Deletes certbot's own copy of the certificate, which the issuer would reuse.
      await machine.run(["rm", "-rf", "/var/lib/livekit/certbot"]);
      await machine.run(["systemctl", "start", "livekit-certificate.service"]);
      const [https, turn] = await shown();
      expect(https).toBe(turn);
      expect(before).not.toContain(https);
    });
    // The smoke test verifies that the new certificate comes from the CA. The previous certificate was self-signed.
    expect(await context().outside("smoke", "--paths", "turn-tls,wss")).toMatchObject({ exitCode: 0 });
    expect(restarted).toEqual([]);
  });

  test("`up` fails with the node's error message if the node rejects the bundle, and the previous bundle stays active", async () => {
    const before = await context().processes();
    const { images } = JSON.parse(
      await context()
        .value("images")
        .then((text) => `{"images":${text}}`),
    );
    await context().set("images.nginx", "localhost/no-such-image:1.30.0");
    try {
      await expect(context().up()).rejects.toThrow(
        /euc1-1: refused.*localhost\/no-such-image:1\.30\.0 is not available/s,
      );
      expect(await servicesChangedSince(before)).toEqual([]);
    } finally {
      await context().set("images.nginx", images.nginx);
    }
    expect(commandsIn(await context().up())).toEqual(["update Command euc1-1-change"]);
    expect(await servicesChangedSince(before)).toEqual([]);
  });
}
