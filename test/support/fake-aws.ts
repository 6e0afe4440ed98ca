import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * A fake aws command that stores the objects of its buckets as files below `FAKE_S3`. After each upload of a request it
 * starts the script at `FAKE_NODE`, if set, with the request's path as its argument. With `FAKE_NODE_FIRST` it waits
 * for the script to end.
 * Tests control the command by files in `FAKE_S3`:
 * - `busy`: each byte of the file throttles one call.
 * - `initial`: each byte of the file makes one health query return `initial`.
 * - `unhealthy`: every health query returns `unhealthy`.
 * - `no-look`: every health query fails with AccessDenied.
 * - `warning`: every health query also prints a warning to stderr.
 * - `read-hook`: shell lines that run once, after a report was read.
 * - `sign-error`: code of the error that `kms sign` returns.
 * - `key.pem`: private key with which `kms sign` signs; without it, AWS denies the call. The signature of each object is
 *   in a file with the object's name and `.metadata`.
 * The command logs its calls to files in `FAKE_S3`:
 * - `entry`: one line for each call that registers or deregisters a node.
 * - `looks`: one line for each health query of a target.
 */
const program = `#!/bin/sh
set -u
[ "\${1:-}" != --region ] || shift 2
busy() {
  [ -s "$FAKE_S3/busy" ] || return 1
  truncate --size=-1 "$FAKE_S3/busy"
}
case "$1 \${2:-}" in
  "elbv2 describe-target-health")
    echo "$*" >> "$FAKE_S3/looks"
    [ ! -e "$FAKE_S3/warning" ] || echo "UserWarning: this Python is old" >&2
    [ ! -e "$FAKE_S3/no-look" ] || { echo "An error occurred (AccessDenied) when calling the DescribeTargetHealth operation" >&2; exit 254; }
    [ ! -e "$FAKE_S3/unhealthy" ] || { printf 'unhealthy\\tTarget.FailedHealthChecks\\tHealth checks failed\\n'; exit 0; }
    [ ! -s "$FAKE_S3/initial" ] || { truncate --size=-1 "$FAKE_S3/initial"; printf 'initial\\tElb.InitialHealthChecking\\tin progress\\n'; exit 0; }
    printf 'healthy\\tNone\\tNone\\n'; exit 0 ;;
  "kms sign")
    ! busy || { echo "An error occurred (ThrottlingException) when calling the Sign operation" >&2; exit 254; }
    [ ! -e "$FAKE_S3/warning" ] || echo "UserWarning: this Python is old" >&2
    [ ! -e "$FAKE_S3/sign-error" ] || { echo "An error occurred ($(cat "$FAKE_S3/sign-error")) when calling the Sign operation" >&2; exit 254; }
    [ -e "$FAKE_S3/key.pem" ] || { echo "An error occurred (AccessDeniedException) when calling the Sign operation" >&2; exit 254; }
    openssl dgst -sha256 -sign "$FAKE_S3/key.pem" | base64 -w 0; exit 0 ;;
  "elbv2 deregister-targets"|"elbv2 register-targets"|"route53 update-health-check")
    ! busy && [ ! -e "$FAKE_S3/no-entry" ] || { echo "An error occurred (Throttling)" >&2; exit 1; }
    echo "$*" | sed 's/ --cli-connect-timeout [0-9]*//' >> "$FAKE_S3/entry"; exit 0 ;;
esac
[ "$1" != --version ] || { echo "\${AWS_VERSION:-aws-cli/2.23.6 Python/3.13.5}"; exit 0; }
[ "$1" = s3 ] || { echo "unknown: aws $*" >&2; exit 2; }
verb=$2; shift 2
from= to= metadata=
while [ $# -gt 0 ]; do
  case $1 in
    --region|--cli-connect-timeout) shift ;;
    --metadata) metadata=$2; shift ;;
    --only-show-errors|--quiet) ;;
    *) if [ -z "$from" ]; then from=$1; else to=$1; fi ;;
  esac
  shift
done
away() {
  bucket=\${1#s3://}
  for said in "$FAKE_S3/away" "$FAKE_S3/\${bucket%%/*}/away"; do
    [ ! -e "$said" ] || { cat "$said" >&2; exit 1; }
  done
}
blip() { [ ! -e "$FAKE_S3/blip" ] || { rm "$FAKE_S3/blip"; echo 'Could not connect to the endpoint URL: "https://..."' >&2; exit 1; }; }
path() { printf '%s/%s' "$FAKE_S3" "\${1#s3://}"; }
fail() { echo "fatal error: An error occurred ($1) when calling the $2 operation" >&2; exit 1; }
[ "$verb" != cp ] || ! busy || fail SlowDown PutObject
case $verb in
  cp)
    if [ "$from" = - ]; then
      [ -d "$(dirname "$(path "$to")")" ] || fail NoSuchBucket PutObject
      [ ! -e "$FAKE_S3/denied" ] || fail AccessDenied PutObject
      away "$to"
      printf '%s' "$metadata" > "$(path "$to").metadata"
      cat > "$(path "$to").new" && mv "$(path "$to").new" "$(path "$to")"
      [ -z "\${FAKE_NODE:-}" ] || "$FAKE_NODE" "$(path "$to")" >/dev/null 2>&1 &
      [ -z "\${FAKE_NODE_FIRST:-}" ] || wait
    else
      away "$from"
      case $from in */desired) ;; *) blip ;; esac
      case $from in */desired) false ;; *) [ -e "$FAKE_S3/expired" ] ;; esac && { rm "$FAKE_S3/expired"; fail ExpiredToken GetObject; }
      cat "$(path "$from")" 2>/dev/null || fail 404 HeadObject
      : > "$FAKE_S3/read"
      # Once, after a report has been read.
      case $from in */report) [ ! -e "$FAKE_S3/read-hook" ] || { . "$FAKE_S3/read-hook"; rm "$FAKE_S3/read-hook"; } ;; esac
    fi ;;
  rm) rm -f "$(path "$from")" ;;
esac
`;

/**
 * Error of the aws command for an unreachable region. Put it into a file `away` in `FAKE_S3` or in the bucket's folder.
 */
export const unreachable = 'Could not connect to the endpoint URL: "https://..."\n';

/** Writes the fake command into a folder for the front of PATH. */
export function installFakeAws(folder: string): void {
  writeScript(join(folder, "aws"), program);
}

/** Creates the key with which the fake command signs. @param buckets the folder `FAKE_S3` @returns the public key */
export function createSigningKey(buckets: string): KeyObject {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  writeFileSync(join(buckets, "key.pem"), privateKey.export({ type: "pkcs8", format: "pem" }));
  return publicKey;
}

/**
 * Writes a fake node as a script. Its lines can use `report STATUS TEXT [PHASE]`, `heard`, which waits until the report was
 * read, and `$request`, the received request.
 * @returns the script's path, for FAKE_NODE
 */
export function fakeNode(path: string, ...lines: readonly string[]): string {
  writeScript(
    path,
    `#!/bin/sh
request=$(cat "$1")
nonce=$(printf '%s' "$request" | sed 's/.*"nonce":"\\([^"]*\\)".*/\\1/')
bundle=$(printf '%s' "$request" | sed -n 's/.*"sha256":"\\([^"]*\\)".*/\\1/p')
report() { printf '%s %s %s\\n%s\\n' "$nonce" "$1" "\${bundle:--}\${3:+ $3}" "$2" > "$1.$$" && mv "$1.$$" "$folder/report"; }
folder=$(dirname "$1")
# The first read may have begun before the report was there, the second has not. It ends with the test's folder.
heard() {
  for _ in 1 2; do
    rm -f "$FAKE_S3/read"
    while [ -e "$folder/report" ] && [ ! -e "$FAKE_S3/read" ]; do sleep 0.02; done
  done
}
cd "$folder"
${lines.join("\n")}
`,
  );
  return path;
}

function writeScript(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, 0o755);
}
