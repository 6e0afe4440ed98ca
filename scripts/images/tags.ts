import { innermostCause } from "../../model/errors/innermost-cause";
import { registryOf } from "../../model/images";
import { cannot } from "../../model/user-error";

/** Maximum number of pages to read from a registry's tag list. A page has up to a thousand tags. */
const mostPages = 50;
const answerSeconds = 20;

/**
 * Lists the tags of a repository in its registry (OCI distribution specification, "Listing Tags"). Gets a token for
 * anonymous pulls if the registry requires one.
 * @throws UserError if the registry can't be reached or rejects the request
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
    if (!/^bearer /i.test(challenge) || !URL.canParse(realm)) throw unlisted(repository, "it requires credentials");
    const url = new URL(realm);
    for (const name of ["service", "scope"]) url.searchParams.set(name, field(name));
    const answer = await ask(url, undefined);
    if (!answer.ok) throw unlisted(repository, `it returned no token: ${answer.status}`);
    const { token, access_token } = await content(answer);
    return String(token ?? access_token ?? "");
  }

  /** Parses the response. It may not be JSON: a proxy or a sign-in page may answer instead of the registry. */
  async function content(response: Response): Promise<Record<string, unknown>> {
    const value: unknown = await response.json().catch(() => undefined);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
    throw unlisted(repository, "its response is not a JSON object");
  }
}

function unlisted(repository: string, because: string) {
  const registry = registryOf(repository);
  return cannot(
    `image ${repository}`,
    `the image's registry ${registry} listed no tags: ${because}`,
    `Allow this machine to reach ${registry}, then run the command again`,
  );
}

/** Returns the origin of the registry's API. Like Docker, uses plain HTTP for a registry on loopback. */
function originOf(repository: string): string {
  const registry = registryOf(repository);
  // Docker Hub serves its API at another host name.
  if (registry === "docker.io") return `https://registry-1.${registry}`;
  return `${/^(localhost|127\.[\d.]+)(:\d+)?$/.test(registry) ? "http" : "https"}://${registry}`;
}

/** Returns the path below /v2/. Docker Hub's official images are in `library`. */
function pathOf(repository: string): string {
  const registry = registryOf(repository);
  if (registry !== "docker.io") return repository.slice(registry.length + 1);
  return repository.includes("/") ? repository : `library/${repository}`;
}

/** Returns the URL of the next page, from `Link: <url>; rel="next"` (RFC 8288). */
function nextPage({ headers }: Response, current: URL): URL | undefined {
  const next = /<([^>]+)>\s*;\s*rel="?next"?/.exec(headers.get("Link") ?? "")?.[1];
  return next === undefined ? undefined : new URL(next, current);
}

/**
 * Returns the newest tag that differs from the current one only in its numbers. For `v1.13.11` it may be `v1.13.12`,
 * but neither `v1.14.0-rc1` nor `latest`.
 */
export function newestTag(current: string, tags: readonly string[], isStable: (tag: string) => boolean): string {
  const form = formOf(current);
  const same = tags.filter((tag) => formOf(tag) === form && isStable(tag));
  return same.reduce((newest, tag) => (compareTags(tag, newest) > 0 ? tag : newest), current);
}

function formOf(tag: string): string {
  return tag.replaceAll(/\d+/g, "0");
}

/**
 * Compares tags that differ only in their numbers. Semver can't compare them, because it rejects tags such as
 * `4.18.0-r1`.
 */
const { compare: compareTags } = new Intl.Collator("en", { numeric: true });
