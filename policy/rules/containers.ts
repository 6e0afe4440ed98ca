import type * as docker from "@pulumi/docker";
import type { Unwrap } from "@pulumi/pulumi";
import { parseImageReference } from "../../model/images";
import { portNames } from "../../model/ports/table";
import type { PolicyContext } from "../context";
import { inputsOf, known, type Rule, type Validator, when } from "../rule";

type Container = Unwrap<docker.ContainerArgs>;

/** Rules for the containers of a local stack. */
export const containerRules: readonly Rule[] = [
  {
    name: "container-root",
    control: "A container's root file system is read-only",
    remedy: "Set readOnly to true; write to a volume or to the tmpfs on /tmp",
    validate: everyRunning(({ readOnly }) => when(readOnly !== true, "its root file system is writable")),
  },
  {
    name: "container-capabilities",
    control: "A container has only the capabilities that a waiver allows",
    remedy: 'Set capabilities.drops to ["ALL"]; add a waiver to policy/waivers.ts for each added capability',
    validate: everyRunning(({ capabilities }, name) => [
      ...when(!capabilities?.drops?.includes("ALL"), `capabilities of ${name} are not dropped`),
      ...(capabilities?.adds ?? []).map((capability) => `${capability} of ${name}`),
    ]),
  },
  {
    name: "container-privileges",
    control: "A container can't gain privileges, and has no access to the machine's processes and devices",
    remedy: 'Set securityOpts to ["no-new-privileges:true"]; omit privileged, pidMode, ipcMode and devices',
    validate: everyRunning(({ securityOpts, privileged, pidMode, ipcMode, devices = [] }) => [
      ...when(!securityOpts?.includes("no-new-privileges:true"), "it can gain privileges"),
      ...when(
        securityOpts?.some((option) => /unconfined$/.test(option)) ?? false,
        "its seccomp or AppArmor profile is disabled",
      ),
      ...when(privileged === true, "it is privileged"),
      ...when(pidMode === "host" || ipcMode === "host", "it has access to the machine's processes"),
      ...when(devices.length > 0, "it has access to the machine's devices"),
    ]),
  },
  {
    name: "container-user",
    control: "A container does not run as root",
    remedy: "Set user to a uid:gid other than root's",
    validate: everyRunning(({ user }, name) =>
      when(/^(root|0)?(:|$)/.test(user ?? ""), `user of ${name} is ${JSON.stringify(user)}`),
    ),
  },
  {
    name: "container-log",
    control: "A container's log can't fill the disk",
    remedy: "Set logDriver to json-file, and logOpts to logLimits from model/service.ts",
    validate: everyRunning(({ logDriver, logOpts }) =>
      when(logDriver !== "json-file" || !logOpts?.["max-size"] || !logOpts["max-file"], "its log has no limit"),
    ),
  },
  {
    name: "container-volumes",
    control: "A container mounts no file or folder of the machine, in particular not the Docker socket",
    remedy: "Use a volume",
    validate: everyRunning(({ volumes = [], mounts = [] }) => [
      ...volumes.flatMap(({ hostPath }) => when(Boolean(hostPath), `it mounts ${hostPath}`)),
      ...mounts.flatMap(({ type, source }) => when(type === "bind", `it mounts ${source}`)),
    ]),
  },
  {
    name: "container-ports",
    control: "A container publishes only the ports of the port table to the network; all others are on loopback",
    remedy: "Publish it on 127.0.0.1, or change livekit:ports",
    validate: everyRunning(({ ports = [] }, _, { ports: table }) =>
      ports.flatMap(({ external = 0, protocol = "tcp", ip }) =>
        when(ip !== "127.0.0.1" && !isInTable(table, external, protocol), `${external}/${protocol} is published`),
      ),
    ),
  },
  {
    name: "images-pinned",
    control: "An image reference has a fixed version or a digest",
    remedy: "Use a tag other than latest; npm run images -- --write pins every image by digest",
    validate: inputsOf<docker.RemoteImageArgs>("docker:index/remoteImage:RemoteImage", ({ name }) => {
      const { tag = "latest", digest } = parseImageReference(name) ?? {};
      return when(digest === undefined && tag === "latest", `${name} has no fixed version`);
    }),
  },
];

/** Returns a validator for containers that run. A container that only holds a service's files never starts. */
function everyRunning(
  validate: (container: Container, name: string, context: PolicyContext) => readonly string[],
): Validator {
  return inputsOf<docker.ContainerArgs>("docker:index/container:Container", (container, context, { name }) =>
    known(() => container.start) === false ? [] : validate(container, name, context),
  );
}

function isInTable(table: PolicyContext["ports"], port: number, protocol: string): boolean {
  return portNames.some((name) => {
    const { first, last, protocols } = table[name];
    return first <= port && port <= last && protocols.some((each) => each === protocol);
  });
}
