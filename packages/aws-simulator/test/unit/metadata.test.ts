import type { AddressInfo } from "node:net";
import { metadataServer } from "../../network/metadata";
import { emptyState, type MachineRecord } from "../../network/state";
import { trialMachine } from "../../network/trial";

/** The server identifies a machine by its source address, which is loopback here. */
const { image: _, ...options } = trialMachine("");
const machine: MachineRecord = {
  ...options,
  privateAddress: "127.0.0.1",
  userData: Buffer.from("#!/bin/sh\n").toString("base64"),
};
let machines: readonly MachineRecord[] = [machine];

const server = metadataServer(() => ({ ...emptyState, machines }));
let url: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  machines = [machine];
});

const lifetime = "x-aws-ec2-metadata-token-ttl-seconds";
const askToken = (headers: Record<string, string>) => fetch(`${url}/latest/api/token`, { method: "PUT", headers });

async function get(path: string): Promise<string> {
  const token = await (await askToken({ [lifetime]: "60" })).text();
  const response = await fetch(`${url}/${path}`, { headers: { "x-aws-ec2-metadata-token": token } });
  return response.ok ? response.text() : `status ${response.status}`;
}

test("the metadata service answers 401 to a request without a valid token", async () => {
  expect((await fetch(`${url}/latest/meta-data/`)).status).toBe(401);
  const wrong = await fetch(`${url}/latest/meta-data/`, { headers: { "x-aws-ec2-metadata-token": "x" } });
  expect(wrong.status).toBe(401);
});

test.each<[string, Record<string, string>, number]>([
  ["without a lifetime", {}, 400],
  ["for longer than six hours", { [lifetime]: "21601" }, 400],
  ["to a request through a proxy", { [lifetime]: "60", "x-forwarded-for": "10.20.0.9" }, 403],
])("the metadata service issues no token %s", async (_, headers, status) => {
  expect((await askToken(headers)).status).toBe(status);
});

test("the metadata service returns an instance's id, zone and user data in any API version", async () => {
  expect(await get("latest/meta-data/instance-id")).toBe(machine.instanceId);
  expect(await get("2021-03-23/meta-data/placement/availability-zone")).toBe("eu-central-1a");
  expect(await get("latest/user-data")).toBe("#!/bin/sh\n");
  expect(JSON.parse(await get("latest/dynamic/instance-identity/document"))).toMatchObject({ region: "eu-central-1" });
  expect(await get("latest/meta-data/nothing")).toBe("status 404");
  expect(await get("latest/meta-data/instance-id/more")).toBe("status 404");
});

test("the metadata service lists the entries of a folder, with a slash after each subfolder", async () => {
  expect((await get("latest/meta-data/")).split("\n")).toEqual(
    expect.arrayContaining(["instance-id", "iam/", "placement/"]),
  );
  expect(await get("latest/meta-data/iam/security-credentials/")).toBe("euc1-1");
});

test("the credentials of an instance's role are valid for more than a day, longer than any rehearsal", async () => {
  const keys = JSON.parse(await get("latest/meta-data/iam/security-credentials/euc1-1"));
  expect(Date.parse(keys.Expiration)).toBeGreaterThan(Date.now() + 24 * 3600 * 1000);
});

test("the metadata service answers 404 if the instance has no role, public address or user data", async () => {
  const { role, publicAddress, ...plain } = machine;
  machines = [{ ...plain, userData: "" }];
  expect(await get("latest/meta-data/iam/info")).toBe("status 404");
  expect(await get("latest/meta-data/public-ipv4")).toBe("status 404");
  expect(await get("latest/user-data")).toBe("status 404");
});

test("the metadata service answers 404 to a source address that belongs to no instance", async () => {
  machines = [{ ...machine, privateAddress: "10.20.0.4" }];
  expect((await askToken({ [lifetime]: "60" })).status).toBe(404);
});
