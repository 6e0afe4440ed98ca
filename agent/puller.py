#!/usr/bin/python3
"""Polls what this node is asked to be, fetches and checks the bundle, and runs the bundle's own program."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

IDENTITY = Path("/etc/livekit-node.json")
ROOT = Path("/var/lib/livekit")
BUNDLES = ROOT / "bundles"
CURRENT = ROOT / "current"
HANDLED = ROOT / "handled.json"
PENDING = ROOT / "pending"
POLL_SECONDS = 5
ATTEMPTS = 3
# A bucket may take a quarter of an hour to keep versions, and answers 404 for new objects meanwhile (S3's user guide on
# enabling versioning); a new role's permissions take a while as well.
LATE_SECONDS = 900
LATE = ("NoSuchVersion", "NoSuchKey", "404", "AccessDenied", "403")
# Amazon is busy: the bundle is neither missing nor wrong.
BUSY = ("SlowDown", "Throttling", "RequestTimeout", "ServiceUnavailable", "InternalError", "503", "500")
NO_VERSION = "an object that its bucket took before it kept versions has none until pulumi up --refresh"
REQUEST_BYTES = 16384


class Refused(Exception):
    """What was asked for can't be done, and nothing was touched; the text says why."""


class Late(Exception):
    """What was asked for is not to be had yet; the text says what."""


class Request:
    """What is asked, in whatever words: a later program's request may have others."""

    def __init__(self, body):
        try:
            fields = json.loads(body)
        except (ValueError, RecursionError):
            fields = None
        self.fields = fields if isinstance(fields, dict) else None
        # One that can't be answered by its name is still done, or refused, but once.
        self.nonce = self.text("nonce", r"[\w.-]{1,100}") or hashlib.sha256(body).hexdigest()

    def text(self, name, pattern):
        """A field, or nothing where it is not there or not of that form."""
        value = (self.fields or {}).get(name)
        return value if isinstance(value, str) and re.fullmatch(pattern, value, re.ASCII) else None

    def must(self, name, pattern, meaning):
        value = self.text(name, pattern)
        if value is None:
            raise Refused(f"the request's {name} is {json.dumps(self.fields.get(name))[:200]}. It has to be {meaning}")
        return value


class Node:
    def __init__(self):
        identity = json.loads(IDENTITY.read_text())
        self.name, self.bucket = identity["node"], identity["bucket"]
        # An emulator serves buckets by path; Amazon by name.
        style = "path" if os.environ.get("AWS_ENDPOINT_URL") else "auto"
        options = Config(connect_timeout=5, read_timeout=60, retries={"mode": "standard", "max_attempts": 5}, s3={"addressing_style": style})
        self.s3 = boto3.client("s3", region_name=identity["region"], config=options)

    def desired(self):
        """The request in force, or nothing where there is none yet."""
        try:
            answer = self.s3.get_object(Bucket=self.bucket, Key=f"nodes/{self.name}/desired")
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                return None
            raise
        return Request(answer["Body"].read(REQUEST_BYTES))

    def report(self, nonce, status, text):
        force = CURRENT.resolve().name if CURRENT.is_symlink() else "-"
        body = f"{nonce} {status} {force}\n{text}\n".encode(errors="replace")
        print(f"{status}: {text}", flush=True)
        self.s3.put_object(Bucket=self.bucket, Key=f"nodes/{self.name}/report", Body=body)

    def fetch(self, version, digest):
        """Unpacks the bundle into a folder named by its digest."""
        folder = BUNDLES / digest
        if folder.is_dir():
            return folder
        key = f"bundles/{self.name}.json"
        try:
            body = self.s3.get_object(Bucket=self.bucket, Key=key, VersionId=version)["Body"].read()
        except ClientError as error:
            code, text = error.response["Error"]["Code"], f"S3 did not give {key} in version {version}: {error}"
            raise (Late if code in LATE + BUSY else Refused)(text) from error
        found = hashlib.sha256(body).hexdigest()
        if found != digest:
            raise Refused(f"the bundle's SHA-256 is {found}, and {digest} was asked for")
        staged = BUNDLES / f".{digest}"
        shutil.rmtree(staged, ignore_errors=True)
        try:
            unpack(json.loads(body), staged)
            staged.rename(folder)
        except (OSError, ValueError, TypeError, AttributeError) as error:
            shutil.rmtree(staged, ignore_errors=True)
            raise Refused(f"the bundle could not be unpacked, and nothing was touched: {error}") from error
        return folder


def unpack(files, folder):
    folder.mkdir()
    for name, text in files.items():
        path = folder / name
        if ".." in Path(name).parts or Path(name).is_absolute():
            raise Refused(f"the bundle holds a path outside of itself: {name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    # A folder that has its name is whole, whenever the power goes.
    os.sync()


def program(folder, *arguments, request=None):
    """Runs the bundle's program, which reports by itself when it ends with 0."""
    # All that was asked, for a program that knows more of it than this one does.
    environment = {**os.environ, "LIVEKIT_REQUEST": json.dumps(request)}
    return subprocess.run(["/usr/bin/python3", "-B", str(folder / "agent"), *arguments], env=environment, check=False).returncode


def handle(node, request):
    if request.fields is None:
        raise Refused("the request is no JSON object")
    verb, arguments = request.must("verb", r"[a-z][a-z-]{0,40}", "a word"), ["--nonce", request.nonce]
    if verb == "apply":
        version = request.must("bundle", r"\S{1,1024}", f"a version of bundles/{node.name}.json: {NO_VERSION}")
        folder = node.fetch(version, request.must("sha256", r"[0-9a-f]{64}", "the bundle's SHA-256"))
        if request.fields.get("secrets"):
            arguments += ["--secrets", request.must("secrets", r"[^-\s]\S{0,200}", "the version of a secret")]
    elif CURRENT.is_symlink():
        # What else can be asked for, the bundle in force knows.
        folder = CURRENT.resolve()
    else:
        raise Refused(f"nothing has been applied on this node, so there is nothing to {verb}")
    for _ in range(ATTEMPTS):
        code = program(folder, verb, *arguments, request=request.fields)
        # One that was killed left its work half done: the next one ends it.
        if code >= 0:
            break
    if code != 0:
        raise RuntimeError(f"the node's program ended with {code} before it could report: see its journal (livekit-node)")


def attempt(node, request, waited):
    """
    Whether the request is answered. One that is not is to be tried again.

    :param waited: seconds since it was first tried
    """
    print(f"{request.nonce}: {request.text('verb', '.*')}", flush=True)
    try:
        handle(node, request)
    except Late as error:
        if waited < LATE_SECONDS:
            if waited == 0:
                node.report(request.nonce, "working", f"{error}\nAsked again, for up to {LATE_SECONDS} s: in a new bucket that is to be expected.")
            return False
        node.report(request.nonce, "refused", f"{error}\nAsked for {waited:.0f} s. Run pulumi up --refresh.")
    except Refused as error:
        node.report(request.nonce, "refused", str(error))
    except BotoCoreError:
        # Who can't be asked can't be told.
        raise
    except Exception as error:
        node.report(request.nonce, "failed", f"{type(error).__name__}: {error}")
    return True


def handled():
    try:
        return json.loads(HANDLED.read_text())["nonce"]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def main():
    os.umask(0o077)
    BUNDLES.mkdir(parents=True, exist_ok=True)
    node, done, started = Node(), handled(), False
    asked, since = None, 0.0
    while True:
        try:
            request = node.desired()
            # At every start of the machine the node is made what it is asked to be, once more.
            if request and (request.nonce != done or not started):
                now = time.monotonic()
                if request.nonce != asked:
                    asked, since = request.nonce, now
                if attempt(node, request, now - since):
                    # Known without the file as well: a full disk takes none.
                    done, started, asked = request.nonce, True, None
                    HANDLED.write_text(json.dumps({"nonce": done}))
            else:
                started = True
                if PENDING.exists():
                    program(CURRENT.resolve(), "settle")
        except NoCredentialsError:
            # A client that was made without the role's credentials never looks for them again: systemd starts another.
            sys.exit("the role's credentials can't be had yet")
        except Exception as error:
            print(f"asked in vain, and asks again: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
        time.sleep(POLL_SECONDS)


if __name__ == "__main__":
    main()
