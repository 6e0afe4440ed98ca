"""Runs the puller with S3 as a dictionary."""

import hashlib
import importlib.util
import io
import json
import sys
import tempfile
import types
import unittest
from pathlib import Path

# Fields of every request.
SENT = {"time": "1000", "node": "euc1-1", "instance": "i-0123"}


class ClientError(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.response = {"Error": {"Code": code}}


def load_puller():
    """Loads the program as a module. It needs only the names of these modules."""
    boto3, botocore, config, exceptions = (
        types.ModuleType(name) for name in ("boto3", "botocore", "botocore.config", "botocore.exceptions")
    )
    boto3.client = lambda *_, **__: None
    config.Config = lambda **_: None
    exceptions.BotoCoreError = type("BotoCoreError", (Exception,), {})
    exceptions.ClientError = ClientError
    exceptions.NoCredentialsError = type("NoCredentialsError", (exceptions.BotoCoreError,), {})
    stand_ins = {"boto3": boto3, "botocore": botocore, "botocore.config": config, "botocore.exceptions": exceptions}
    kept = {name: sys.modules.get(name) for name in stand_ins}
    sys.modules.update(stand_ins)
    try:
        spec = importlib.util.spec_from_file_location("puller", Path(__file__).parents[1] / "puller.py")
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        for name, before in kept.items():
            sys.modules.pop(name)
            if before is not None:
                sys.modules[name] = before
    return module


class Bucket:
    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        # Errors that S3 returns before it has the bundle.
        self.trouble: list[str] = []
        self.reports: list[str] = []
        self.metadata = {"signature": "of the stack's key"}

    def get_object(self, Bucket, Key, VersionId=None):
        if VersionId and self.trouble:
            raise ClientError(self.trouble.pop(0))
        if Key not in self.objects:
            raise ClientError("NoSuchKey")
        return {"Body": io.BytesIO(self.objects[Key]), "Metadata": dict(self.metadata)}

    def put_object(self, Bucket, Key, Body):
        self.objects[Key] = Body
        self.reports.append(Body.decode())

    def report(self) -> list[str]:
        return self.objects["nodes/euc1-1/report"].decode().split("\n")


class Clock:
    """A clock that sleeping advances, and each reading by a millisecond. It stops the loop after the last poll."""

    def __init__(self, polls: int) -> None:
        self.now, self.polls, self.read = 1000.0, polls, 0.0

    def monotonic(self) -> float:
        # Like a real clock, it advances between two readings.
        self.read += 0.001
        return self.now + self.read

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.polls -= 1
        if self.polls == 0:
            raise KeyboardInterrupt


class PullerCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.puller = load_puller()
        root = Path(folder.name)
        (root / "identity.json").write_text('{"node": "euc1-1", "bucket": "bucket", "region": "eu-central-1"}')
        self.puller.instance_id = lambda: "i-0123"
        self.puller.is_signed = lambda _, signature: signature == "of the stack's key"
        (root / "bundles").mkdir()
        self.puller.IDENTITY, self.puller.BUNDLES = root / "identity.json", root / "bundles"
        self.puller.CURRENT, self.puller.HANDLED = root / "current", root / "handled.json"
        self.puller.PENDING = root / "pending"
        self.node = self.puller.Node()
        self.bucket = self.node.s3 = Bucket()
        self.ran: list[tuple[str, ...]] = []
        self.code = 0
        self.puller.program = self._program

    def _program(self, folder, *arguments, request=None):
        self.ran.append((folder.name, *arguments))
        self.handed_over = request
        return self.code

    def attempt(self, fields):
        return self.puller.attempt(self.node, self.puller.Request(json.dumps(fields).encode()), 0)

    def poll(self, polls: int, body: bytes | None = None) -> float:
        """Runs the loop for this many polls and returns the seconds that they took."""
        if body is not None:
            self.bucket.objects["nodes/euc1-1/desired"] = body
        self.puller.Node = lambda: self.node
        self.puller.time = clock = Clock(polls)
        with self.assertRaises(KeyboardInterrupt):
            self.puller.main()
        return clock.now - 1000.0

    def bundle(self, files) -> dict[str, str]:
        body = json.dumps(files).encode()
        self.bucket.objects["bundles/euc1-1.json"] = body
        digest = hashlib.sha256(body).hexdigest()
        return {**SENT, "verb": "apply", "bundle": "v1", "sha256": digest, "secrets": "s1", "nonce": "n1"}
