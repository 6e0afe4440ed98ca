import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { PassThrough, type Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { finished } from "node:stream/promises";
import type Dockerode from "dockerode";
import { builtImageName } from "../../images/catalog";
import { CommandFailure } from "../../model/errors/command-failure";
import type { BuiltKind } from "../../model/images";
import { removeContainer } from "../../packages/provider-kit/remove-container";
import { ensureGo } from "../toolchain/go";
import { withContext } from "../toolchain/image-build";
import { type Machine, type Progress, thisMachine } from "../toolchain/machine";
import { type Bom, createBom } from "./cyclonedx";
import { debianComponents, packageFormat } from "./debian";
import { goComponents } from "./go-program";

/** Programs that this project compiles into an image. All others are in Debian packages. */
const compiledPrograms: Readonly<Partial<Record<BuiltKind, string>>> = { livekit: "/livekit-server" };

/** Returns a document of what an image that this project built contains. The engine must have the image. */
export async function imageBom(
  kind: BuiltKind,
  docker: Dockerode,
  progress: Progress,
  machine: Machine = thisMachine,
): Promise<Bom> {
  const image = builtImageName(kind);
  const [name = image, version = ""] = image.split(/:(?=[^:/]+$)/);
  const { Id: id } = await docker.getImage(image).inspect();
  const subject = { type: "container", name, version, properties: [{ name: "docker:image:id", value: id }] } as const;
  const read = (...command: readonly string[]) => outputOf(docker, image, command);
  const [osRelease, packages] = [
    await read("cat", "/etc/os-release"),
    await read("dpkg-query", "--show", `--showformat=${packageFormat}`),
  ];
  const program = compiledPrograms[kind];
  return createBom(subject, [
    ...debianComponents(osRelease, packages),
    ...(program ? goComponents(await goVersion(docker, image, program, machine, progress)) : []),
  ]);
}

async function outputOf(docker: Dockerode, image: string, command: readonly string[]): Promise<string> {
  const output = new PassThrough();
  const [content] = await Promise.all([text(output), runIn(docker, image, command, output)]);
  return content;
}

/** Copies a program out of an image and returns the output of `go version -m` for it. */
async function goVersion(docker: Dockerode, image: string, program: string, machine: Machine, progress: Progress) {
  const go = await ensureGo(machine, progress);
  let output = "";
  await withContext("sbom", [], async (folder) => {
    const file = join(folder, "program");
    const copy = createWriteStream(file);
    await Promise.all([finished(copy), runIn(docker, image, ["cat", program], copy)]);
    // Any version of Go reads the modules, so no other toolchain is downloaded.
    output = await machine.run(go, ["version", "-m", file], { cwd: folder, env: { GOTOOLCHAIN: "local" } });
  });
  return output;
}

/** Runs a command in a new container of an image and ends the stream after the command's output. */
async function runIn(docker: Dockerode, image: string, [program = "", ...args]: readonly string[], output: Writable) {
  const container = await docker.createContainer({
    Image: image,
    Entrypoint: [program],
    Cmd: args,
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: { NetworkMode: "none", ReadonlyRootfs: true, CapDrop: ["ALL"] },
  });
  try {
    const stream = await container.attach({ stream: true, stdout: true, stderr: true });
    const errors = new PassThrough();
    docker.modem.demuxStream(stream, output, errors);
    finished(stream, { writable: false }).then(
      () => [output, errors].map((each) => each.end()),
      (error) => [output, errors].map((each) => each.destroy(error)),
    );
    const end = container.start().then(() => container.wait());
    const [errorText, { StatusCode: code }] = await Promise.all([text(errors), end]);
    if (code !== 0) throw new CommandFailure([program, ...args].join(" "), errorText);
  } finally {
    await removeContainer(container);
  }
}
