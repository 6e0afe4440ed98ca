import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Argument } from "commander";
import type Dockerode from "dockerode";
import { serviceLogGroup } from "../../model/aws/watch";
import { allKinds, monitoringKinds } from "../../model/images";
import { labels } from "../../model/labels";
import { cannot, type UserError } from "../../model/user-error";
import { command, npm, runMain } from "../lib/cli";
import { awsPlanFromFile, isOnAws, placeholderSecrets } from "../lib/load-stack";
import { print } from "../lib/print";
import { stackOutputs } from "../lib/stack-outputs";
import { findEngine } from "../toolchain/docker";

runMain(async () => {
  const program = command("logs")
    .description("Prints the logs of all services or of one service. Each line has its container's name.")
    .addArgument(new Argument("[service]", "only this service").choices(allKinds))
    .option("--stack <name>", "the stack", "dev")
    .option("-f, --follow", "follow the log")
    .option("-n, --tail <lines>", "number of lines from the end", "200")
    .parse();
  const { stack, follow, tail } = program.opts<{ stack: string; follow?: boolean; tail: string }>();
  const [service] = program.args;
  if (isOnAws(stack)) throw elsewhere(stack);
  const { docker } = await findEngine();
  const { namePrefix } = await stackOutputs(stack);
  const label = [`${labels.stack}=${namePrefix}`, ...(service ? [`${labels.service}=${service}`] : [])];
  const containers = await docker.listContainers({ filters: { label } });
  if (service && containers.length === 0) throw notOfStack(stack, service);
  await Promise.all(
    containers.map(({ Id, Names }) => printLog(docker, Id, Names[0]?.slice(1) ?? Id, follow === true, Number(tail))),
  );
  return 0;
});

function notOfStack(stack: string, service: string): UserError {
  const fix = monitoringKinds.some((kind) => kind === service)
    ? "Add it with: pulumi config set livekit:monitoring true"
    : `Bring it up with: ${npm("start", { stack })}`;
  return cannot(service, `stack ${stack} runs no container of this service`, fix);
}

function elsewhere(stack: string): UserError {
  const { namePrefix, regions, settings } = awsPlanFromFile(stack, placeholderSecrets(stack));
  const [{ name, code }] = regions;
  const follow = `aws logs tail ${serviceLogGroup(namePrefix, code)} --region ${name} --follow`;
  return cannot(
    `stack ${stack}`,
    "the stack is on AWS, but this command only reads containers on this machine",
    settings.monitoring
      ? `Read its logs with: ${follow}`
      : `Print the end of a log with: npm run nodes -- --stack ${stack} --logs livekit`,
  );
}

async function printLog(docker: Dockerode, id: string, name: string, follow: boolean, tail: number): Promise<void> {
  const options = { stdout: true, stderr: true, tail };
  const container = docker.getContainer(id);
  const lines = new PassThrough();
  createInterface({ input: lines }).on("line", (line) => print(`${name}  ${line}`));
  if (follow) {
    const stream = await container.logs({ ...options, follow: true });
    docker.modem.demuxStream(stream, lines, lines);
    await pipeline(stream, new PassThrough().resume());
  } else {
    const whole = await container.logs({ ...options, follow: false });
    const source = new PassThrough();
    docker.modem.demuxStream(source, lines, lines);
    source.end(whole);
    await new Promise((resolve) => source.on("end", resolve));
  }
  lines.end();
}
