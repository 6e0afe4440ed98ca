import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cached } from "./cache";
import type { Machine, Progress } from "./machine";
import { pipInstall } from "./pip";
import { pipRefusal } from "./rehearsal-images";

/** AWS's command line on PyPI is its first line; operators have the second, which takes the same commands. */
const version = "1.46.3";

/** Folder with an `aws` that knows AWS_ENDPOINT_URL, for PATH: simulations are asked with it. */
export async function ensureAwsCli(machine: Machine, progress: Progress): Promise<string> {
  const folder = await cached(
    "aws-cli",
    { version, start },
    async (target) => {
      progress(`taking awscli ${version} from PyPI (25 MB)`);
      await pipInstall(join(target, "python"), [`awscli==${version}`], machine, progress);
      await writeFile(join(target, "aws"), start);
      await chmod(join(target, "aws"), 0o755);
    },
    progress,
  ).catch((error: unknown) => {
    throw pipRefusal("aws, the command line of AWS", error);
  });
  return folder;
}

/** pip's own starter looks for its packages where Python's are. */
const start = `#!/bin/sh
folder=$(dirname -- "$(readlink -f -- "$0")")
PYTHONPATH="$folder/python" exec python3 -c 'import sys; from awscli.clidriver import main; sys.exit(main())' "$@"
`;
