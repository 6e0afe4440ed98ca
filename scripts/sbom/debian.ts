import { type Component, library, packageUrl } from "./cyclonedx";

/** Fields of an installed package, for `dpkg-query --show --showformat`. */
export const packageFormat =
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query replaces these fields.
  "${db:Status-Status}\\t${Package}\\t${Version}\\t${Architecture}\\t${source:Package}\\t${source:Version}\\n";

/**
 * Parses Debian's os-release and the output of dpkg-query in {@link packageFormat}.
 * @returns the operating system and its installed packages. Leaves out removed packages that left configuration files.
 */
export function debianComponents(osRelease: string, packages: string): Component[] {
  const field = (name: string) => new RegExp(`^${name}="?([^"\\n]*)"?$`, "m").exec(osRelease)?.[1] ?? "";
  const [id, version] = [field("ID"), field("VERSION_ID")];
  const distro = `${id}-${version}`;
  return [
    { type: "operating-system", "bom-ref": distro, name: id, version },
    ...packages.split("\n").flatMap((line) => {
      const [status, name = "", version = "", arch = "", source = name, sourceVersion = version] = line.split("\t");
      if (status !== "installed") return [];
      // Debian's advisories name source packages.
      const upstream = source === name && sourceVersion === version ? {} : { upstream: `${source}@${sourceVersion}` };
      return library(name, version, packageUrl("deb", `${id}/${name}`, version, { arch, distro, ...upstream }));
    }),
  ];
}
