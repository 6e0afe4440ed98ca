import { registryOf } from "../../model/images";
import { innermostCause } from "../lib/innermost-cause";
import { cannot } from "../toolchain/machine";

/** A registry that lists more pages than this, of a thousand tags each, is not read to the end. */
const mostPages = 50;
const answerSeconds = 20;

/**
 * The tags of a repository, as its registry lists them (OCI distribution specification, "Listing Tags"), with the token for
 * anonymous pulls where the registry wants one.
 * @throws Refusal where the registry is not reached or refuses
 */
export async function listTags(repository: string): Promise<string[]> {
  const origin = originOf(repository);
  const tags: string[] = [];
  let authorization: string | undefined;
  let next: URL | undefined = new URL(`/v2/${pathOf(repository)}/tags/list?n=1000`, origin);
  for (let page = 0; next && page < mostPages; page++) {
    let response = await ask(next, authorization);
    if (response.status === 401 && authorization === undefined) {
      authorization = `Bearer ${await anonymousToken(response, repository)}`;
      response = await ask(next, authorization);
    }
    if (!response.ok) throw unlisted(repository, `it answered ${response.status}`);
    const { tags: listed } = await content(response);
    if (Array.isArray(listed)) tags.push(...listed);
    next = nextPage(response, next);
  }
  return tags;

  function ask(url: URL, authorization: string | undefined): Promise<Response> {
    const headers = new Headers(authorization === undefined ? [] : [["Authorization", authorization]]);
    return fetch(url, { headers, signal: AbortSignal.timeout(answerSeconds * 1000) }).catch((error: Error) => {
      throw unlisted(repository, innermostCause(error).message);
    });
  }

  async function anonymousToken(response: Response, repository: string): Promise<string> {
    const challenge = response.headers.get("WWW-Authenticate") ?? "";
    const field = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1] ?? "";
    const realm = field("realm");
    if (!/^bearer /i.test(challenge) || !URL.canParse(realm)) throw unlisted(repository, "it wants credentials");
    const url = new URL(realm);
    for (const name of ["service", "scope"]) url.searchParams.set(name, field(name));
    const answer = await ask(url, undefined);
    if (!answer.ok) throw unlisted(repository, `it gave no token: ${answer.status}`);
    const { token, access_token } = await content(answer);
    return String(token ?? access_token ?? "");
  }

  /** A proxy or a sign-in page may answer in the registry's place. */
  async function content(response: Response): Promise<Record<string, unknown>> {
    const value: unknown = await response.json().catch(() => undefined);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
    throw unlisted(repository, "its answer is no JSON object");
  }
}

function unlisted(repository: string, because: string) {
  const registry = registryOf(repository);
  return cannot(
    `image ${repository}`,
    `its registry ${registry} listed no tags: ${because}`,
    `Let this machine reach ${registry}, then run this again`,
  );
}

/** The registry's API. As in Docker, one on this machine's loopback is asked without TLS. */
function originOf(repository: string): string {
  const registry = registryOf(repository);
  // Docker Hub's API has a host of its own.
  if (registry === "docker.io") return `https://registry-1.${registry}`;
  return `${/^(localhost|127\.[\d.]+)(:\d+)?$/.test(registry) ? "http" : "https"}://${registry}`;
}

/** The path below /v2/. Docker Hub's own images are in `library`. */
function pathOf(repository: string): string {
  const registry = registryOf(repository);
  if (registry !== "docker.io") return repository.slice(registry.length + 1);
  return repository.includes("/") ? repository : `library/${repository}`;
}

/** RFC 8288's `Link: <url>; rel="next"`. */
function nextPage({ headers }: Response, current: URL): URL | undefined {
  const next = /<([^>]+)>\s*;\s*rel="?next"?/.exec(headers.get("Link") ?? "")?.[1];
  return next === undefined ? undefined : new URL(next, current);
}

/**
 * The newest of the tags that differ from the current one in their numbers alone: `v1.13.12` for `v1.13.11`, and neither
 * `v1.14.0-rc1` nor `latest`.
 */
export function newestTag(current: string, tags: readonly string[], isStable: (tag: string) => boolean): string {
  const form = formOf(current);
  const same = tags.filter((tag) => formOf(tag) === form && isStable(tag));
  return same.reduce((newest, tag) => (isNewer(tag, newest) ? tag : newest), current);
}

function formOf(tag: string): string {
  return tag.replaceAll(/\d+/g, "0");
}

function isNewer(tag: string, than: string): boolean {
  const [left, right] = [numbersOf(tag), numbersOf(than)];
  const differing = left.findIndex((number, index) => number !== right[index]);
  return differing >= 0 && (left[differing] ?? 0) > (right[differing] ?? 0);
}

function numbersOf(tag: string): number[] {
  return (tag.match(/\d+/g) ?? []).map(Number);
}
