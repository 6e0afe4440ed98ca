import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { rm } from "node:fs/promises";
import { basename } from "node:path";
import { pipeline } from "node:stream/promises";
import { CommandFailure } from "../../model/errors/command-failure";
import { cannot } from "../../model/user-error";
import type { Machine } from "./machine";

/** Download site of the Pulumi CLI and its plugins. */
export const downloads = "https://get.pulumi.com";

const connectSeconds = 5;

/** Options for curl. Downloads use curl because it uses the user's proxy and Node.js does not. */
const curl = ["--fail", "--silent", "--show-error", "--location"];

let reachable: Promise<boolean> | undefined;

/**
 * Reports whether Pulumi's downloads are reachable. Cached per process, so that an unreachable site costs one time-out.
 */
export function downloadsReachable(machine: Machine): Promise<boolean> {
  reachable ??= machine.run("curl", [...curl, "--head", "--max-time", `${connectSeconds}`, downloads]).then(
    () => true,
    () => false,
  );
  return reachable;
}

/** Ends a download that stands still, however large the file and slow the network, and retries what may be temporary. */
const patient = ["--connect-timeout", "10", "--speed-limit", "1000", "--speed-time", "60", "--retry", "3"];

/**
 * Downloads a file, and rejects and deletes it if it has another checksum.
 * @param checksum as `algorithm:hex`, such as `sha256:…`
 * @param programs which the user can put on PATH instead
 * @throws CommandFailure, or UserError for another checksum
 */
export async function downloadFile(
  url: string,
  file: string,
  checksum: string,
  machine: Machine,
  programs: string,
): Promise<void> {
  await machine.run("curl", [...curl, ...patient, "--output", file, url]);
  const [algorithm = ""] = checksum.split(":");
  const hash = createHash(algorithm);
  await pipeline(createReadStream(file), hash);
  const found = `${algorithm}:${hash.digest("hex")}`;
  if (found === checksum) return;
  await rm(file);
  throw cannot(
    basename(url),
    `the download has the checksum ${found}, but must have ${checksum}`,
    `Run this again. If it fails again, a proxy or the site replaces the file: run this in another network, or put your own ${programs} on PATH`,
  );
}

/** Part of GitHub's answer: https://docs.github.com/en/rest/releases/releases#get-a-release-by-tag-name */
interface Release {
  readonly assets: readonly { readonly name: string; readonly digest: string | null }[];
}

/**
 * Returns the checksum, as `sha256:hex`, that GitHub computed when Pulumi uploaded a plugin's archive. Pulumi itself publishes only
 * the SHA-1. With a `GITHUB_TOKEN`, GitHub's limit of requests is higher; a token that GitHub rejects is left out.
 * @param name of the plugin, such as `docker`
 * @param file name of the archive
 * @throws CommandFailure, also if the answer has no checksum of the archive
 */
export async function pluginChecksum(name: string, version: string, file: string, machine: Machine): Promise<string> {
  const url = `https://api.github.com/repos/pulumi/pulumi-${name}/releases/tags/v${version}`;
  const args = [...curl, "--max-time", "60"];
  const anonymous = () => machine.run("curl", [...args, url]);
  const token = machine.env["GITHUB_TOKEN"];
  // curl reads the header from its input, because every user of this machine can read its arguments.
  const authorized = () =>
    machine
      .run("curl", [...args, "--header", "@-", url], { input: `Authorization: Bearer ${token}` })
      .catch((error) => {
        if (isRejected(error)) return anonymous();
        throw error;
      });
  const digest = digestIn(await (token ? authorized() : anonymous()), file);
  if (digest === undefined) throw new CommandFailure(`curl ${url}`, `the answer has no SHA-256 of ${file}`);
  return digest;
}

/** Returns a file's digest in GitHub's answer. Undefined without one, such as in the page of a proxy. */
function digestIn(answer: string, file: string): string | undefined {
  try {
    const { assets }: Release = JSON.parse(answer);
    const digest = assets.find(({ name }) => name === file)?.digest ?? "";
    return /^sha256:[0-9a-f]{64}$/.test(digest) ? digest : undefined;
  } catch {
    return undefined;
  }
}

/** Reports whether curl failed because GitHub rejects the token: it expired, or its organization restricts it. */
function isRejected(error: unknown): boolean {
  return error instanceof CommandFailure && /returned error: 40[13]\b/.test(error.output);
}
