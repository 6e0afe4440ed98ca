/**
 * The constant part of a node: asks S3 every few seconds what the node is to be, checks what it is given, and hands over to
 * the bundle's own program. It knows nothing of LiveKit, so that it need never change: user data can't without a new
 * instance.
 */
export const pullerSource = String.raw`#!/usr/bin/python3
"""Polls what this node is asked to be, fetches and checks the bundle, and runs the bundle's own program."""

import hashlib
import json
import os
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


class Refused(Exception):
    """What was asked for can't be done; the text says why."""


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
        return json.loads(answer["Body"].read())

    def report(self, nonce, status, text):
        force = CURRENT.resolve().name if CURRENT.is_symlink() else "-"
        body = f"{nonce} {status} {force}\n{text}\n".encode()
        self.s3.put_object(Bucket=self.bucket, Key=f"nodes/{self.name}/report", Body=body)

    def fetch(self, version, digest):
        """Unpacks the bundle into a folder named by its digest."""
        folder = BUNDLES / digest
        if folder.is_dir():
            return folder
        answer = self.s3.get_object(Bucket=self.bucket, Key=f"bundles/{self.name}.json", VersionId=version)
        body = answer["Body"].read()
        found = hashlib.sha256(body).hexdigest()
        if found != digest:
            raise Refused(f"the bundle's SHA-256 is {found}, and {digest} was asked for")
        staged = BUNDLES / f".{digest}"
        shutil.rmtree(staged, ignore_errors=True)
        for name, text in json.loads(body).items():
            path = staged / name
            if ".." in Path(name).parts or Path(name).is_absolute():
                raise Refused(f"the bundle holds a path outside of itself: {name}")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        staged.rename(folder)
        return folder


def program(folder, *arguments):
    """Runs the bundle's program, which reports by itself when it ends with 0."""
    return subprocess.run(["/usr/bin/python3", "-B", str(folder / "agent"), *arguments], check=False).returncode


def handle(node, request):
    verb, arguments = request["verb"], ["--nonce", request["nonce"]]
    if verb == "apply":
        folder = node.fetch(request["bundle"], request["sha256"])
        if request.get("secrets"):
            arguments += ["--secrets", request["secrets"]]
    elif CURRENT.is_symlink():
        # What else can be asked for, the bundle in force knows.
        folder = CURRENT.resolve()
    else:
        raise Refused(f"nothing has been applied on this node, so there is nothing to {verb}")
    for _ in range(ATTEMPTS):
        code = program(folder, verb, *arguments)
        # One that was killed left its work half done: the next one ends it.
        if code >= 0:
            break
    if code != 0:
        raise RuntimeError(f"the node's program ended with {code} before it could report: see its journal (livekit-node)")


def attempt(node, request):
    print(f"{request.get('verb')} {request['nonce']}", flush=True)
    try:
        handle(node, request)
    except Refused as error:
        node.report(request["nonce"], "refused", str(error))
    except (ClientError, OSError, RuntimeError, ValueError, KeyError) as error:
        node.report(request["nonce"], "failed", f"{type(error).__name__}: {error}")


def handled():
    try:
        return json.loads(HANDLED.read_text())["nonce"]
    except (OSError, ValueError, KeyError):
        return None


def main():
    os.umask(0o077)
    BUNDLES.mkdir(parents=True, exist_ok=True)
    node, started = Node(), False
    while True:
        try:
            request = node.desired()
            # At every start of the machine the node is made what it is asked to be, once more.
            if request and (request["nonce"] != handled() or not started):
                attempt(node, request)
                HANDLED.write_text(json.dumps({"nonce": request["nonce"]}))
            elif PENDING.exists():
                program(CURRENT.resolve(), "settle")
            started = True
        except NoCredentialsError:
            # A client that was made without the role's credentials never looks for them again: systemd starts another.
            sys.exit("the role's credentials can't be had yet")
        except (BotoCoreError, ClientError, OSError, ValueError, KeyError) as error:
            print(f"asked in vain, and asks again: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
        time.sleep(POLL_SECONDS)


if __name__ == "__main__":
    main()
`;
