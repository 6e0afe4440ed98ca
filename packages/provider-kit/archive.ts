/** A file to copy into a container or image. */
export interface ArchivedFile {
  /** Absolute path in the container or image. */
  readonly path: string;
  readonly content: string | Buffer;
  /** Permission bits, e.g. 0o640. The owner is 0:0. */
  readonly mode: number;
}

const blockBytes = 512;

/** Builds a POSIX ustar archive of the files; see IEEE Std 1003.1, pax, "ustar Interchange Format". */
export function tarArchive(files: readonly ArchivedFile[]): Buffer {
  const entries = files.flatMap(({ path, content, mode }) => {
    const body = Buffer.from(content);
    return [header(path.replace(/^\/+/, ""), body.length, mode), body, padding(body.length)];
  });
  return Buffer.concat([...entries, Buffer.alloc(2 * blockBytes)]);
}

function header(path: string, sizeBytes: number, mode: number): Buffer {
  const { name, prefix } = split(path);
  const block = Buffer.alloc(blockBytes);
  block.write(name, 0);
  block.write(octal(mode, 8), 100);
  block.write(octal(0, 8), 108); // owner
  block.write(octal(0, 8), 116); // group
  block.write(octal(sizeBytes, 12), 124);
  block.write(octal(Math.floor(Date.now() / 1000), 12), 136);
  block.write(" ".repeat(8), 148); // The checksum treats its own field as spaces.
  block.write("0", 156); // a regular file
  block.write("ustar\u000000", 257);
  block.write(prefix, 345);
  const checksum = block.reduce((sum, byte) => sum + byte, 0);
  block.write(`${octal(checksum, 7)} `, 148);
  return block;
}

/** Splits a path for the format's two fields: up to 100 bytes of name, and up to 155 bytes of prefix before a slash. */
function split(path: string): { name: string; prefix: string } {
  if (Buffer.byteLength(path) <= 100) return { name: path, prefix: "" };
  for (let slash = path.indexOf("/"); slash >= 0; slash = path.indexOf("/", slash + 1)) {
    const [prefix, name] = [path.slice(0, slash), path.slice(slash + 1)];
    if (Buffer.byteLength(prefix) <= 155 && Buffer.byteLength(name) <= 100) return { name, prefix };
  }
  throw new Error(`${path}: the path is too long for an archive`);
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, "0")}\0`;
}

function padding(sizeBytes: number): Buffer {
  return Buffer.alloc((blockBytes - (sizeBytes % blockBytes)) % blockBytes);
}
