import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { allKinds, officialImages, type ServiceKind } from "../../../model/images";
import { findOutdated } from "../../../scripts/images/outdated";
import { newestTag } from "../../../scripts/images/tags";

const all = () => true;

test.each([
  ["v1.13.11", ["v1.9.0", "v1.13.12", "v1.14.0-rc1", "latest", "v1.13"], "v1.13.12"],
  ["4.18.0-r0", ["4.18.0-r1", "4.18.0", "4.18.0-r1-alpine"], "4.18.0-r1"],
  ["8.2.9-bookworm", ["8.10.0-bookworm", "8.2.10-bookworm", "9.0.0-alpine"], "8.10.0-bookworm"],
  ["v3.13.5", ["v3.13.4", "v2.99.0"], "v3.13.5"],
])("the newest release in the format of %s among %j is %s", (current, tags, newest) => {
  expect(newestTag(current, tags, all)).toBe(newest);
});

test("an nginx mainline release does not count as a newer stable release", () => {
  const { tag, isStable = all } = officialImages.nginx;
  expect(newestTag(tag, ["1.31.9-trixie", "1.30.9-trixie", "1.29.1-trixie"], isStable)).toBe("1.30.9-trixie");
});

test("the pinned tag of every image is a stable release under the versioning rule of that image", () => {
  for (const kind of allKinds) {
    const { tag, isStable = all } = officialImages[kind];
    expect([tag, /\d+\.\d+/.test(tag) && isStable(tag)]).toEqual([tag, true]);
  }
});

describe("with a registry that requires a token and paginates tags", () => {
  const server = createServer(answer);
  const host = () => `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const images = (tag: string) =>
    Object.fromEntries(allKinds.map((kind) => [kind, `${host()}/team/${kind}:${tag}`])) as Record<ServiceKind, string>;

  beforeAll(() => once(server.listen(0, "127.0.0.1"), "listening"));
  afterAll(() => server.close());

  function answer({ url = "", headers }: IncomingMessage, response: ServerResponse): void {
    const json = (body: object, more = {}) => response.writeHead(200, more).end(JSON.stringify(body));
    if (url === "/token?service=test&scope=repository%3Ateam%2Flivekit%3Apull") json({ token: "of-the-test" });
    else if (headers.authorization !== "Bearer of-the-test") {
      const scope = "repository:team/livekit:pull";
      const challenge = `Bearer realm="http://${host()}/token",service="test",scope="${scope}"`;
      response.writeHead(401, { "WWW-Authenticate": challenge }).end();
    } else if (url === "/v2/team/livekit/tags/list?n=1000") {
      json({ tags: ["v1.0.0"] }, { Link: '</v2/team/livekit/tags/list?n=1000&last=v1.0.0>; rel="next"' });
    } else if (url.endsWith("last=v1.0.0")) json({ tags: ["v1.2.0"] });
    else if (url.startsWith("/v2/team/coturn/")) response.end("<html>Sign in</html>");
    else response.writeHead(404).end();
  }

  test("findOutdated lists an image with a newer release on the last page, and no image that is up to date", async () => {
    const outdated = [{ service: "livekit", image: `${host()}/team/livekit:v1.1.0`, newest: "v1.2.0" }];
    expect(await findOutdated(images("v1.1.0"), ["livekit"])).toEqual(outdated);
    expect(await findOutdated(images("v1.2.0"), ["livekit"])).toEqual([]);
    const digest = `${host()}/team/livekit@sha256:${"0".repeat(64)}`;
    expect(await findOutdated({ ...images("v1.1.0"), livekit: digest }, ["livekit"])).toEqual([]);
  });

  test("findOutdated reports all registries that list no tags in one error, with the fix", async () => {
    const nowhere = { ...images("v1.1.0"), nginx: "127.0.0.1:1/nginx:1.30.4" };
    const error = findOutdated(nowhere, ["redis", "coturn", "nginx"]);
    await expect(error).rejects.toThrow(/team\/redis: the image's registry .* listed no tags: .*40[14]/);
    await expect(error).rejects.toThrow(
      /team\/coturn: the image's registry .* listed no tags: its response is not a JSON object/,
    );
    await expect(error).rejects.toThrow(
      /nginx: the image's registry 127\.0\.0\.1:1 listed no tags: .*\. Allow this machine to reach/,
    );
  });
});
