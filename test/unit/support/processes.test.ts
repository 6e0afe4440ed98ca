import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { startProvider } from "../../../packages/fallback-providers/test/terraform/provider";
import { endChild } from "../../support/processes";

/** Starts a child that runs the script, and waits for its first line. */
async function child(script: string): Promise<ChildProcess> {
  const started = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "ignore"] });
  await once(createInterface(started.stdout), "line");
  return started;
}

test("ends a child process with SIGTERM", async () => {
  const willing = await child('console.log("runs"); setInterval(() => {}, 1000)');
  await endChild(willing);
  expect(willing.signalCode).toBe("SIGTERM");
});

test("kills a child process that ignores SIGTERM", async () => {
  const stubborn = await child('process.on("SIGTERM", () => {}); console.log("runs"); setInterval(() => {}, 1000)');
  await endChild(stubborn, 1);
  expect(stubborn.signalCode).toBe("SIGKILL");
});

test("does not wait for a child process that has exited", async () => {
  const gone = await child('console.log("runs")');
  if (gone.exitCode === null) await once(gone, "exit");
  await endChild(gone);
  expect(gone.exitCode).toBe(0);
});

test("reports a provider plugin that exits before it serves its schema", async () => {
  await expect(startProvider("/bin/true")).rejects.toThrow("the provider exited before it served");
});
