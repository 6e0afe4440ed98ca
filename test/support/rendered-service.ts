import type Dockerode from "dockerode";
import { builtImageName, chosenImages } from "../../images/catalog";
import { configFolder, type FileInputs, renderFiles, type ServiceSpec } from "../../model/service";
import type { Settings } from "../../model/settings/schema";
import { tarArchive } from "../../packages/provider-kit/archive";
import { hasImage } from "../../scripts/toolchain/image-build";

/** Returns the images that stacks on this machine run: built images if Docker has them. */
export async function imagesHere(docker: Dockerode, settings: Settings): Promise<ReturnType<typeof chosenImages>> {
  const built = await hasImage(docker, builtImageName("livekit"));
  return chosenImages(settings, built ? "build" : "registry");
}

/**
 * Starts a service's real server with its rendered files, without Pulumi's engine.
 * @param namePrefix prefix of the container's name, and name of its bridge network if it has one
 * @param tmpfs folders in memory, with their mount options. @default none
 */
export async function runService(
  docker: Dockerode,
  namePrefix: string,
  spec: ServiceSpec,
  inputs: FileInputs,
  image: string,
  tmpfs: Readonly<Record<string, string>> = {},
): Promise<Dockerode.Container> {
  const bridged = spec.network === "bridge";
  const container = await docker.createContainer({
    name: `${namePrefix}-${spec.name}`,
    Image: image,
    Entrypoint: [...spec.entrypoint],
    Cmd: [...spec.command],
    User: spec.user,
    Volumes: { [configFolder]: {} },
    HostConfig: {
      NetworkMode: bridged ? namePrefix : "host",
      // LiveKit exits until Redis is available.
      RestartPolicy: { Name: "always" },
      Tmpfs: { ...tmpfs },
      ExtraHosts: spec.hosts.map(({ name, address }) => `${name}:${address}`),
      PortBindings: Object.fromEntries(
        spec.publications.map(({ port, protocol }) => [
          `${port}/${protocol}`,
          [{ HostIp: "127.0.0.1", HostPort: `${port}` }],
        ]),
      ),
    },
    ...(bridged && { NetworkingConfig: { EndpointsConfig: { [namePrefix]: { Aliases: [...spec.aliases] } } } }),
    ExposedPorts: Object.fromEntries(spec.publications.map(({ port, protocol }) => [`${port}/${protocol}`, {}])),
  });
  const files = Object.entries(renderFiles([spec], inputs)[spec.name] ?? {}).filter(([, content]) => content !== "");
  await container.putArchive(tarArchive(files.map(([path, content]) => ({ path, content, mode: 0o640 }))), {
    path: "/",
  });
  await container.start();
  return container;
}
