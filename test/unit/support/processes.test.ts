import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { endChild } from "../../support/processes";
import { startProvider } from "../../support/terraform/provider";

/** A child that runs this, once it has said that it does. */
async function child(script: string): Promise<ChildProcess> {
  const started = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "ignore"] });
  await once(createInterface(started.stdout), "line");
  return started;
}

test("a child ends by the signal", async () => {
  const willing = await child('console.log("runs"); setInterval(() => {}, 1000)');
  await endChild(willing);
  expect(willing.signalCode).toBe("SIGTERM");
});

test("a child that ignores the signal ends by force", async () => {
  const stubborn = await child('process.on("SIGTERM", () => {}); console.log("runs"); setInterval(() => {}, 1000)');
  await endChild(stubborn, 1);
  expect(stubborn.signalCode).toBe("SIGKILL");
});

test("a child that has ended is not waited for", async () => {
  const gone = await child('console.log("runs")');
  if (gone.exitCode === null) await once(gone, "exit");
  await endChild(gone);
  expect(gone.exitCode).toBe(0);
});

test("a provider that ends before it serves is told as that", async () => {
  await expect(startProvider("/bin/true")).rejects.toThrow("the provider ended before it served");
});
