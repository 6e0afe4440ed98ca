import type * as docker from "@pulumi/docker";
import type { Unwrap } from "@pulumi/pulumi";
import { parseImageReference } from "../../model/images";
import { portNames } from "../../model/ports";
import type { PolicyContext } from "../context";
import { inputsOf, known, type Rule, type Validator, when } from "../rule";

type Container = Unwrap<docker.ContainerArgs>;

/** Rules for the containers of a local stack. */
export const containerRules: readonly Rule[] = [
  {
    name: "container-root",
    control: "A container's root is read-only",
    remedy: "Set readOnly to true; what it writes goes to a volume, or to the tmpfs on /tmp",
    validate: everyRunning(({ readOnly }) => when(readOnly !== true, "its root can be written to")),
  },
  {
    name: "container-capabilities",
    control: "A container has no capability but those named with a reason",
    remedy: 'Set capabilities.drops to ["ALL"]; waive each that is added in policy/waivers.ts',
    validate: everyRunning(({ capabilities }, name) => [
      ...when(!capabilities?.drops?.includes("ALL"), `capabilities of ${name} are not dropped`),
      ...(capabilities?.adds ?? []).map((capability) => `${capability} of ${name}`),
    ]),
  },
  {
    name: "container-privileges",
    control: "A container gets no privileges that it was not started with, nor the machine's processes and devices",
    remedy: 'Set securityOpts to ["no-new-privileges:true"]; leave privileged, pidMode, ipcMode and devices out',
    validate: everyRunning(({ securityOpts, privileged, pidMode, ipcMode, devices = [] }) => [
      ...when(!securityOpts?.includes("no-new-privileges:true"), "it can gain privileges"),
      ...when(
        securityOpts?.some((option) => /unconfined$/.test(option)) ?? false,
        "its system calls or files are unconfined",
      ),
      ...when(privileged === true, "it is privileged"),
      ...when(pidMode === "host" || ipcMode === "host", "it sees the machine's processes"),
      ...when(devices.length > 0, "it has devices of the machine"),
    ]),
  },
  {
    name: "container-user",
    control: "A container does not run as root",
    remedy: "Set user to another uid:gid",
    validate: everyRunning(({ user }, name) =>
      when(/^(root|0)?(:|$)/.test(user ?? ""), `user of ${name} is ${JSON.stringify(user)}`),
    ),
  },
  {
    name: "container-log",
    control: "A container's log can't fill the disk",
    remedy: "Set logDriver to json-file, and logOpts to logLimits of model/service.ts",
    validate: everyRunning(({ logDriver, logOpts }) =>
      when(logDriver !== "json-file" || !logOpts?.["max-size"] || !logOpts["max-file"], "its log has no limit"),
    ),
  },
  {
    name: "container-volumes",
    control: "A container sees nothing of the machine's files, the Docker socket least of all",
    remedy: "Use a volume",
    validate: everyRunning(({ volumes = [], mounts = [] }) => [
      ...volumes.flatMap(({ hostPath }) => when(Boolean(hostPath), `it sees ${hostPath}`)),
      ...mounts.flatMap(({ type, source }) => when(type === "bind", `it sees ${source}`)),
    ]),
  },
  {
    name: "container-ports",
    control: "What a container publishes to the network is the port table; all else is for this machine alone",
    remedy: "Publish it on 127.0.0.1, or change livekit:ports",
    validate: everyRunning(({ ports = [] }, _, { ports: table }) =>
      ports.flatMap(({ external = 0, protocol = "tcp", ip }) =>
        when(ip !== "127.0.0.1" && !isInTable(table, external, protocol), `${external}/${protocol} is published`),
      ),
    ),
  },
  {
    name: "images-pinned",
    control: "An image is named by a version or digest that does not move",
    remedy: "Name a tag other than latest; npm run images -- --write pins all by digest",
    validate: inputsOf<docker.RemoteImageArgs>("docker:index/remoteImage:RemoteImage", ({ name }) => {
      const { tag = "latest", digest } = parseImageReference(name) ?? {};
      return when(digest === undefined && tag === "latest", `${name} names no version`);
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
