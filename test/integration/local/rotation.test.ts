import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join as path } from "node:path";
import { text } from "node:stream/consumers";
import { connect } from "node:tls";
import Dockerode from "dockerode";
import { parse } from "dotenv";
import { turnCredentials } from "../../../model/credentials";
import { tryAllocation } from "../../../scripts/doctor/allocation";
import { join, joinToken } from "../../support/signalling";
import { TestStack } from "../../support/stack";
import { writeUnconstrainedCa } from "../../support/unconstrained-ca";

const stack = new TestStack("rotation");

/** Credentials that an application gets once and uses as long as they are valid. */
interface Holding {
  readonly token: string;
  readonly credentials: ReturnType<typeof turnCredentials>;
  readonly redisPassword: string;
}

let former: Holding;
let current: Holding;

beforeAll(async () => {
  await stack.start();
  former = await holding();
  await redis(former, "SET", "rotation-test", "kept");
}, 900_000);

afterAll(() => stack.remove());

test("after npm run secrets -- --rotate, previous and new API and TURN secrets work, and Redis has a new password and all data", async () => {
  expect(await stack.command("secrets", "--rotate")).toMatchObject({ exitCode: 0 });
  const early = await stack.command("secrets", "--finish");
  expect([early.exitCode, early.all]).toEqual([1, expect.stringContaining("still accepts only the previous secrets")]);
  expect((await stack.command("preview")).all).toContain("LiveKit restarts");
  await stack.start();
  current = await holding();
  expect(current.token).not.toBe(former.token);
  for (const each of [former, current]) {
    expect(await firstSignal(each)).toBe("join");
    expect(await relayAddress(each)).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
  }
  expect(await redis(current, "GET", "rotation-test")).toBe("kept");
  expect(await redis(former, "GET", "rotation-test")).toMatch(/NOAUTH|WRONGPASS/);
});

test(".env.livekit has the new API key after npm run secrets -- --rotate", async () => {
  const written = parse(readFileSync(path(stack.home, ".env.livekit")));
  const { LIVEKIT_API_KEY, LIVEKIT_API_SECRET } = secrets();
  expect(written).toMatchObject({ LIVEKIT_API_KEY, LIVEKIT_API_SECRET });
});

test("npm run secrets rejects a second --rotate, because it would invalidate the previous secrets that clients still use", async () => {
  const before = secrets();
  const { exitCode, all } = await stack.command("secrets", "--rotate");
  expect(exitCode).toBe(1);
  expect(all).toContain("npm run secrets -- --finish --stack test");
  expect(all).not.toMatch(/\bat .*\.ts:/);
  expect(secrets()).toEqual(before);
});

test("after npm run secrets -- --finish, only the new secrets work, even if lines of .env begin with export", async () => {
  const file = path(stack.home, ".env");
  writeFileSync(file, readFileSync(file, "utf8").replaceAll(/^PREVIOUS/gm, "export PREVIOUS"));
  expect(await stack.command("secrets", "--finish")).toMatchObject({ exitCode: 0 });
  await stack.start();
  await expect(firstSignal(former)).rejects.toThrow("401");
  await expect(relayAddress(former)).rejects.toThrow("401");
  expect(await firstSignal(current)).toBe("join");
  expect(await relayAddress(current)).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
  expect(await redis(current, "GET", "rotation-test")).toBe("kept");
});

test("a stack with a CA of version 0.1.0 stays up to date; npm start suggests to replace the CA", async () => {
  rmSync(path(stack.home, ".state/authority"), { recursive: true });
  await writeUnconstrainedCa(stack.home);
  expect(await stack.start()).toContain("may sign for every name until");
  await expectTrusted();
  expect(await stack.start()).toContain("Nothing has changed since the last start.");
});

test("npm start -- --replace-ca replaces the CA of version 0.1.0 by a CA with name constraints, and prints how to trust it", async () => {
  const { exitCode, all } = await stack.command("start", "--replace-ca");
  expect([exitCode, all]).toEqual([0, expect.stringContaining(`Each browser and phone must trust the new CA`)]);
  expect(all).not.toContain("may sign for every name");
  await expectTrusted();
});

test("with a new domain, npm run preview announces a new CA and creates none", async () => {
  const before = readFileSync(stack.caFile, "utf8");
  stack.configure({ publicAddress: "127.0.0.1", domain: "example.test" });
  expect((await stack.command("preview")).all).toMatch(
    /replaces the certificate authority .* may not sign for livekit\.example\.test, turn\.example\.test/,
  );
  expect(readFileSync(stack.caFile, "utf8")).toBe(before);
  stack.configure({});
});

/** Connects with the CA as the only trusted one. */
async function expectTrusted(): Promise<void> {
  const ca = readFileSync(stack.caFile);
  const socket = connect({ host: "127.0.0.1", port: stack.ports.https, servername: "localhost", ca });
  await once(socket, "secureConnect");
  const { raw } = socket.getPeerCertificate();
  socket.destroy();
  expect(new X509Certificate(raw).checkIssued(new X509Certificate(ca))).toBe(true);
}

function secrets(): Record<string, string> {
  return parse(readFileSync(path(stack.home, ".env")));
}

async function holding(): Promise<Holding> {
  const {
    LIVEKIT_API_KEY: key = "",
    LIVEKIT_API_SECRET: secret = "",
    TURN_SECRET = "",
    REDIS_PASSWORD = "",
  } = secrets();
  return {
    token: await joinToken({ key, secret }),
    credentials: turnCredentials("rotation-test", TURN_SECRET),
    redisPassword: REDIS_PASSWORD,
  };
}

/** Returns LiveKit's first signal to a client that joins. @throws Error with the HTTP status of a rejection */
async function firstSignal({ token }: Holding): Promise<string | undefined> {
  for await (const { case: kind } of join(`ws://127.0.0.1:${stack.ports.api}`, token)) return kind;
  return undefined;
}

function relayAddress({ credentials }: Holding): Promise<string> {
  return tryAllocation("127.0.0.1", stack.ports.turn, credentials, AbortSignal.timeout(10_000));
}

async function redis({ redisPassword }: Holding, ...command: string[]): Promise<string> {
  const container = new Dockerode().getContainer(`${stack.namePrefix}-livekit-redis`);
  const exec = await container.exec({
    Cmd: ["redis-cli", "-p", `${stack.redisPort}`, ...command],
    Env: [`REDISCLI_AUTH=${redisPassword}`],
    AttachStdout: true,
    AttachStderr: true,
    Tty: true,
  });
  return (await text(await exec.start({ Tty: true }))).trim().replaceAll('"', "");
}
