import type Dockerode from "dockerode";
import { UserError } from "../../model/user-error";
import { withUnhealthyLogs } from "../../scripts/lib/unhealthy-logs";
import { configure } from "../support/settings";

const secrets = { ...configure().secrets, monitoringPassword: "m".repeat(32) };
const stack = { namePrefix: "inspire-lab", secrets };
const failed = (rule: string) => Promise.reject(new UserError([{ key: "the engine", rule, fix: "Fix it" }]));

/** A fake Docker engine with a healthy Redis and an unhealthy LiveKit that has logged these lines. */
function engine(lines: string): Dockerode {
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(Buffer.byteLength(lines), 4);
  const inspect = (Id: string) => ({
    Name: `/inspire-lab-${Id}`,
    State: { Running: true, Health: { Status: Id === "livekit" ? "unhealthy" : "healthy" } },
  });
  return {
    listContainers: async () => [{ Id: "livekit" }, { Id: "redis" }],
    getContainer: (Id: string) => ({
      inspect: async () => inspect(Id),
      logs: async () => Buffer.concat([frame, Buffer.from(lines)]),
    }),
  } as unknown as Dockerode;
}

test("an error about an unhealthy container contains the container's last log lines, without secrets", async () => {
  const docker = engine(`could not listen\nsecret ${secrets.redisPassword}\n`);
  await expect(withUnhealthyLogs(docker, stack, () => failed("it is unhealthy"))).rejects.toThrow(
    /it is unhealthy\nthe last lines of inspire-lab-livekit \(unhealthy\):\n {2}could not listen\n {2}secret <secret>\n/,
  );
});

test("adds no log lines to an error that already contains log lines, or if the Docker engine does not answer", async () => {
  const message = "the container inspire-lab-livekit is unhealthy\nits last lines:\n  x";
  await expect(withUnhealthyLogs(engine("y"), stack, () => failed(message))).rejects.not.toThrow(/the last lines of/);
  await expect(withUnhealthyLogs({} as Dockerode, stack, () => failed("rule"))).rejects.toThrow(
    "the engine: rule. Fix it",
  );
});

test.each([
  ["redisPassword", secrets.redisPassword],
  ["monitoringPassword", secrets.monitoringPassword],
  ["metricsPassword", secrets.metricsPassword],
])("redacts %s in a program's output", async (_, secret) => {
  const failure = withUnhealthyLogs({} as Dockerode, stack, () => failed(`livekit: rejects its file:\n  is ${secret}`));
  await expect(failure).rejects.toThrow(/ {2}is <secret>/);
});
