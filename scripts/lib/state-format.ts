import { gunzipSync } from "node:zlib";
import { decompress } from "fzstd";

/** Returns the paths that a state may have: Pulumi adds an ending if PULUMI_DIY_BACKEND_GZIP or _ZSTD is set. */
export function stateFormats(file: string): readonly [plain: string, ...compressed: string[]] {
  return [file, `${file}.gz`, `${file}.zst`];
}

const magic = { gzip: "1f8b", zstd: "28b52ffd" } as const;

/** Decompresses a state, detected by its first bytes (RFC 1952, RFC 8878), not its name. @throws Error if truncated */
export function decompressState(content: Buffer): Buffer {
  const start = content.toString("hex", 0, 4);
  if (start.startsWith(magic.gzip)) return gunzipSync(content);
  return start === magic.zstd ? Buffer.from(decompress(content)) : content;
}
