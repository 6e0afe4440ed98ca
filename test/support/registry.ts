import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { tarArchive } from "../../packages/provider-kit/archive";

const types = {
  manifest: "application/vnd.docker.distribution.manifest.v2+json",
  config: "application/vnd.docker.container.image.v1+json",
  layer: "application/vnd.docker.image.rootfs.diff.tar.gzip",
} as const;

/** An image registry on loopback, where Docker accepts plain HTTP. Every name and tag returns the same small image. */
export class LoopbackRegistry {
  /** Digest of the image's manifest. */
  readonly digest: string;
  private readonly content = new Map<string, { readonly type: string; readonly body: Buffer }>();
  private readonly server: Server;

  constructor() {
    const archive = tarArchive([{ path: "/registry-test", content: "", mode: 0o644 }]);
    const layer = this.keep("application/octet-stream", gzipSync(archive));
    const config = this.keep(types.config, {
      architecture: "amd64",
      os: "linux",
      rootfs: { type: "layers", diff_ids: [digestOf(archive)] },
    });
    const manifest = {
      schemaVersion: 2,
      mediaType: types.manifest,
      config: { ...config, mediaType: types.config },
      layers: [{ ...layer, mediaType: types.layer }],
    };
    this.digest = this.keep(types.manifest, manifest).digest;
    this.server = createServer(({ url = "", method }, response) => {
      const [, kind, name = ""] = /^\/v2\/.+\/(manifests|blobs)\/(.+)$/.exec(url) ?? [];
      const found = this.content.get(kind === "manifests" && !name.startsWith("sha256:") ? this.digest : name);
      if (url === "/v2/") response.end("{}");
      else if (found === undefined) response.writeHead(404).end();
      else {
        const { type, body } = found;
        const headers = {
          "Content-Type": type,
          "Content-Length": body.length,
          "Docker-Content-Digest": digestOf(body),
        };
        response.writeHead(200, headers).end(method === "HEAD" ? undefined : body);
      }
    });
  }

  /** Starts the registry and returns `127.0.0.1:<port>`, the first part of its image names. */
  async start(): Promise<string> {
    await once(this.server.listen(0, "127.0.0.1"), "listening");
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private keep(type: string, content: Buffer | object) {
    const body = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
    const digest = digestOf(body);
    this.content.set(digest, { type, body });
    return { digest, size: body.length };
  }
}

function digestOf(body: Buffer): string {
  return `sha256:${createHash("sha256").update(body).digest("hex")}`;
}
