import { planLocalFleet } from "../../model/fleet";
import { type FileContents, renderFiles } from "../../model/service";
import { planServices } from "../../templates/bundle";
import { configure, testCallPage, testHost, testSecrets } from "./settings";

export const testCertificate = { chain: "CHAIN", key: "KEY" };

/** Plans the services of a local stack from its configuration, and renders their files. */
export function render(values: Record<string, string> = {}, env = testSecrets, host = testHost) {
  const { settings, secrets } = configure(values, env);
  const fleet = planLocalFleet(settings, host);
  const specs = planServices(fleet, fleet.nodes[0], testCallPage);
  return { fleet, specs, files: renderFiles(specs, { secrets, certificate: testCertificate }) };
}

export const bridgedHost = { ...testHost, network: "bridge" } as const;

/** Returns the content of a service's file. @throws Error if there is none with that name */
export function fileOf(files: FileContents, service: string, name: string): string {
  const content = files[service]?.[`/config/${name}`];
  if (content === undefined) throw new Error(`no ${name} in ${service}`);
  return content;
}

/** Parses `key=value` lines. A key may have several values. */
export function turnSettings(text: string): Map<string, string[]> {
  const entries = new Map<string, string[]>();
  for (const line of text.split("\n").filter((each) => each !== "" && !each.startsWith("#"))) {
    const [key = "", ...value] = line.split("=");
    entries.set(key, [...(entries.get(key) ?? []), value.join("=")]);
  }
  return entries;
}
