#!/usr/bin/python3
"""
Polls S3 for this node's request, verifies it, and runs the agent of its bundle. The stack's KMS key signs each request, which
contains the bundle's SHA-256, the instance and the time. So write access to the bucket is not enough to run or repeat one.
"""

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

IDENTITY = Path("/etc/livekit-node.json")
PUBLIC_KEY = Path("/etc/livekit-node.pem")
ROOT = Path("/var/lib/livekit")
BUNDLES = ROOT / "bundles"
CURRENT = ROOT / "current"
HANDLED = ROOT / "handled.json"
PENDING = ROOT / "pending"
METADATA = "http://169.254.169.254/latest"
POLL_SECONDS = 5
ATTEMPTS = 3
# For up to 15 minutes after versioning is enabled, S3 may answer 404 for new objects (S3 user guide). The permissions of a
# new role take effect late as well.
LATE_SECONDS = 900
LATE = ("NoSuchVersion", "NoSuchKey", "404", "AccessDenied", "403")
BUSY = ("SlowDown", "Throttling", "RequestTimeout", "ServiceUnavailable", "InternalError", "503", "500")
NO_VERSION = "S3 stored the bundle before the bucket's versioning was enabled; run pulumi up --refresh"
REQUEST_BYTES = 16384
# A request may have to wait until the node has drained.
VALID_SECONDS = 86400


class Refused(Exception):
    """The request can't be carried out, and nothing was changed. The text is the reason."""


class Late(Exception):
    """S3 does not return the bundle yet. The text is its answer."""


class Request:
    """A request in S3. Requests of later releases may have other fields."""

    def __init__(self, body, signature=None):
        self.body, self.signature = body, signature
        try:
            fields = json.loads(body)
        except (ValueError, RecursionError):
            fields = None
        self.fields = fields if isinstance(fields, dict) else {}
        # Without a valid nonce, the request is still answered, once.
        self.nonce = self.text("nonce", r"[\w.-]{1,100}") or hashlib.sha256(body).hexdigest()

    def text(self, name, pattern):
        """Returns a field, or None if the field is missing or does not match the pattern."""
        value = self.fields.get(name)
        return value if isinstance(value, str) and re.fullmatch(pattern, value, re.ASCII) else None

    def must(self, name, pattern, meaning):
        value = self.text(name, pattern)
        if value is None:
            raise Refused(f"the request's {name} is {json.dumps(self.fields.get(name))[:200]}. It must be {meaning}")
        return value

    def sent(self):
        """Returns the time when the request was sent, in seconds since 1970."""
        return int(self.must("time", r"[0-9]{1,12}", "the time in seconds since 1970"))


class Node:
    def __init__(self):
        identity = json.loads(IDENTITY.read_text())
        self.name, self.bucket, self.instance = identity["node"], identity["bucket"], instance_id()
        # An emulator serves buckets by path, AWS by name.
        style = "path" if os.environ.get("AWS_ENDPOINT_URL") else "auto"
        options = Config(connect_timeout=5, read_timeout=60, retries={"mode": "standard", "max_attempts": 5}, s3={"addressing_style": style})
        self.s3 = boto3.client("s3", region_name=identity["region"], config=options)

    def desired(self):
        """Returns the node's request, or None if it has none yet."""
        try:
            answer = self.s3.get_object(Bucket=self.bucket, Key=f"nodes/{self.name}/desired")
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                return None
            raise
        return Request(answer["Body"].read(REQUEST_BYTES), answer["Metadata"].get("signature"))

    def verify(self, request, last):
        """Verifies that the operator sent this request to this instance, after the last verified one: {nonce, time}."""
        if request.signature is None:
            raise Refused("the request has no signature: an earlier release sent it, or someone without the stack's key")
        if not is_signed(request.body, request.signature):
            raise Refused("the request's signature does not match the stack's key: its sender is not the stack's operator")
        for name, own in (("node", self.name), ("instance", self.instance)):
            request.must(name, re.escape(own), f"this node's: {own}")
        sent = request.sent()
        if request.nonce == last.get("nonce"):
            return
        if sent <= last.get("time", 0):
            raise Refused("the request is older than the last one: someone sent it again, or the clock of its sender is slow")
        if abs(time.time() - sent) > VALID_SECONDS:
            raise Refused(f"the request's time is more than {VALID_SECONDS} s from this node's: someone kept it, or the clock of its sender is wrong")

    def report(self, nonce, status, text):
        force = CURRENT.resolve().name if CURRENT.is_symlink() else "-"
        body = f"{nonce} {status} {force}\n{text}\n".encode(errors="replace")
        print(f"{status}: {text}", flush=True)
        self.s3.put_object(Bucket=self.bucket, Key=f"nodes/{self.name}/report", Body=body)

    def fetch(self, version, digest):
        """Unpacks the bundle into a folder that is named by the bundle's SHA-256."""
        folder = BUNDLES / digest
        if folder.is_dir():
            return folder
        key = f"bundles/{self.name}.json"
        try:
            body = self.s3.get_object(Bucket=self.bucket, Key=key, VersionId=version)["Body"].read()
        except ClientError as error:
            code, text = error.response["Error"]["Code"], f"S3 did not return {key} in version {version}: {error}"
            raise (Late if code in LATE + BUSY else Refused)(text) from error
        found = hashlib.sha256(body).hexdigest()
        if found != digest:
            raise Refused(f"the bundle's SHA-256 is {found}, but the request's is {digest}")
        staged = BUNDLES / f".{digest}"
        shutil.rmtree(staged, ignore_errors=True)
        try:
            unpack(json.loads(body), staged)
            staged.rename(folder)
        except (OSError, ValueError, TypeError, AttributeError) as error:
            shutil.rmtree(staged, ignore_errors=True)
            raise Refused(f"the bundle could not be unpacked, and nothing was touched: {error}") from error
        return folder


def instance_id():
    """Returns the instance's id from the EC2 metadata service, version 2."""
    lifetime = {"X-aws-ec2-metadata-token-ttl-seconds": "60"}
    token = urllib.request.Request(f"{METADATA}/api/token", method="PUT", headers=lifetime)
    with urllib.request.urlopen(token, timeout=10) as answer:
        header = {"X-aws-ec2-metadata-token": answer.read().decode()}
    with urllib.request.urlopen(urllib.request.Request(f"{METADATA}/meta-data/instance-id", headers=header), timeout=10) as answer:
        return answer.read().decode().strip()


def is_signed(body, signature):
    """Verifies a signature (base64 of DER) with the stack's public key."""
    with tempfile.TemporaryDirectory() as folder:
        request, der = Path(folder) / "request", Path(folder) / "signature"
        request.write_bytes(body)
        try:
            der.write_bytes(base64.b64decode(signature, validate=True))
        except ValueError:
            return False
        command = ["openssl", "dgst", "-sha256", "-verify", str(PUBLIC_KEY), "-signature", str(der), str(request)]
        return subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def unpack(files, folder):
    folder.mkdir()
    for name, text in files.items():
        path = folder / name
        if ".." in Path(name).parts or Path(name).is_absolute():
            raise Refused(f"the bundle contains a path outside of itself: {name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    # A folder with its final name is complete, even if the power fails.
    os.sync()


def program(folder, *arguments, request=None):
    """Runs the bundle's agent, which reports the result itself if it exits with 0."""
    # The whole request, because a later agent may read fields that this puller does not know.
    environment = {**os.environ, "LIVEKIT_REQUEST": json.dumps(request)}
    return subprocess.run(["/usr/bin/python3", "-B", str(folder / "agent"), *arguments], env=environment, check=False).returncode


def handle(node, request):
    verb, arguments = request.must("verb", r"[a-z][a-z-]{0,40}", "a word"), ["--nonce", request.nonce]
    if verb == "apply":
        version = request.must("bundle", r"\S{1,1024}", f"a version of bundles/{node.name}.json: {NO_VERSION}")
        folder = node.fetch(version, request.must("sha256", r"[0-9a-f]{64}", "the bundle's SHA-256"))
        if request.fields.get("secrets"):
            arguments += ["--secrets", request.must("secrets", r"[^-\s]\S{0,200}", "the version of a secret")]
    elif CURRENT.is_symlink():
        # The agent of the current bundle carries out every other request.
        folder = CURRENT.resolve()
    else:
        raise Refused(f"no bundle has been applied on this node, so the node can't {verb}")
    for _ in range(ATTEMPTS):
        code = program(folder, verb, *arguments, request=request.fields)
        # A killed agent may have left its work incomplete. The next run completes the work.
        if code >= 0:
            break
    if code != 0:
        raise RuntimeError(f"the node's agent exited with {code} before it could report: see its journal (livekit-node)")


def is_verified(node, request, last):
    """Reports whether a request is verified. Reports a rejection to the sender."""
    try:
        node.verify(request, last)
    except Refused as error:
        node.report(request.nonce, "refused", str(error))
        return False
    return True


def attempt(node, request, waited):
    """Carries out a request. Returns False if it must be tried again. `waited` is the time since the first attempt."""
    print(f"{request.nonce}: {request.text('verb', '.*')}", flush=True)
    try:
        handle(node, request)
    except Late as error:
        if waited < LATE_SECONDS:
            if waited == 0:
                node.report(request.nonce, "working", f"{error}\nThis is normal for a new bucket. The node tries again for up to {LATE_SECONDS} s.")
            return False
        node.report(request.nonce, "refused", f"{error}\nThe node tried for {waited:.0f} s. Run pulumi up --refresh.")
    except Refused as error:
        node.report(request.nonce, "refused", str(error))
    except BotoCoreError:
        raise
    except Exception as error:
        node.report(request.nonce, "failed", f"{type(error).__name__}: {error}")
    return True


def record(last):
    """Records the last verified request. If the disk is full, the former record stays."""
    part = HANDLED.with_suffix(".part")
    try:
        with open(part, "w") as file:
            file.write(json.dumps(last))
            file.flush()
            os.fsync(file.fileno())
        part.replace(HANDLED)
    except OSError as error:
        print(f"the request could not be recorded: {error}", file=sys.stderr, flush=True)


def last_verified():
    """Returns the nonce and time of the last verified request. Releases before request signing recorded no time."""
    try:
        last = json.loads(HANDLED.read_text())
        return {"nonce": str(last["nonce"]), "time": int(last.get("time", 0))}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def main():
    os.umask(0o077)
    BUNDLES.mkdir(parents=True, exist_ok=True)
    node, last = Node(), last_verified()
    # What S3 returned last and since when; the nonce of the request that this program has answered; a rejected object.
    seen, since, done, rejected = None, 0.0, None, None
    while True:
        try:
            request, ran, now = node.desired(), False, time.monotonic()
            if request and (request.body, request.signature) != seen:
                seen, since = (request.body, request.signature), now
            # After each start of this program, the node carries out its request once more.
            if request and request.nonce != done and seen != rejected:
                if is_verified(node, request, last):
                    # Before the agent runs: after a restart, the node must not accept an earlier request.
                    last, ran = {"nonce": request.nonce, "time": request.sent()}, True
                    record(last)
                    if attempt(node, request, now - since):
                        done = request.nonce
                else:
                    rejected = seen
            if not ran and PENDING.exists():
                program(CURRENT.resolve(), "settle")
        except NoCredentialsError:
            # boto3 never looks for credentials again. systemd restarts this program.
            sys.exit("the role's credentials are not available yet")
        except Exception as error:
            print(f"failed, and tries again: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
        time.sleep(POLL_SECONDS)


if __name__ == "__main__":
    main()
