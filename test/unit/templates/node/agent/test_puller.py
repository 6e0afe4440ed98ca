"""The program of the user data, with S3 as a dictionary."""

import hashlib
import importlib.util
import io
import json
import os
import sys
import tempfile
import types
import unittest
from pathlib import Path


class ClientError(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.response = {"Error": {"Code": code}}


def load_puller():
    """The program as a module; it needs no more of these than their names."""
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
        spec = importlib.util.spec_from_file_location("puller", os.environ["PULLER"])
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

    def get_object(self, Bucket, Key, VersionId=None):
        if Key not in self.objects:
            raise ClientError("NoSuchKey")
        return {"Body": io.BytesIO(self.objects[Key])}

    def put_object(self, Bucket, Key, Body):
        self.objects[Key] = Body

    def report(self) -> list[str]:
        return self.objects["nodes/euc1-1/report"].decode().split("\n")


class Puller(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.puller = load_puller()
        root = Path(folder.name)
        (root / "identity.json").write_text('{"node": "euc1-1", "bucket": "bucket", "region": "eu-central-1"}')
        (root / "bundles").mkdir()
        self.puller.IDENTITY, self.puller.BUNDLES = root / "identity.json", root / "bundles"
        self.puller.CURRENT, self.puller.HANDLED = root / "current", root / "handled.json"
        self.node = self.puller.Node()
        self.bucket = self.node.s3 = Bucket()
        self.ran: list[tuple[str, ...]] = []
        self.code = 0
        self.puller.program = self._program

    def test_ends_without_credentials_so_that_systemd_starts_one_that_looks_again(self):
        def without():
            raise self.puller.NoCredentialsError

        self.node.desired = without
        self.puller.Node = lambda: self.node
        with self.assertRaises(SystemExit):
            self.puller.main()

    def _program(self, folder, *arguments):
        self.ran.append((folder.name, *arguments))
        return self.code

    def bundle(self, files) -> dict[str, str]:
        body = json.dumps(files).encode()
        self.bucket.objects["bundles/euc1-1.json"] = body
        digest = hashlib.sha256(body).hexdigest()
        return {"verb": "apply", "bundle": "v1", "sha256": digest, "secrets": "s1", "nonce": "n1"}

    def test_nothing_is_asked_yet(self):
        self.assertIsNone(self.node.desired())

    def test_a_bundle_is_unpacked_and_its_program_run(self):
        request = self.bundle({"plan.json": "{}", "agent/__main__.py": "pass"})
        self.puller.attempt(self.node, request)
        folder = self.puller.BUNDLES / request["sha256"]
        self.assertEqual((folder / "agent/__main__.py").read_text(), "pass")
        self.assertEqual(self.ran, [(request["sha256"], "apply", "--nonce", "n1", "--secrets", "s1")])

    def test_other_bytes_than_asked_for_are_refused(self):
        request = {**self.bundle({"plan.json": "{}"}), "sha256": "0" * 64}
        self.puller.attempt(self.node, request)
        self.assertEqual(self.bucket.report()[0], "n1 refused -")
        self.assertIn("SHA-256", self.bucket.report()[1])
        self.assertEqual(self.ran, [])

    def test_a_path_outside_of_the_bundle_is_refused(self):
        for path in ("../outside", "/etc/outside", "a/../../outside"):
            with self.subTest(path):
                self.puller.attempt(self.node, self.bundle({path: "text"}))
                self.assertEqual(self.bucket.report()[0], "n1 refused -")
                self.assertIn(path, self.bucket.report()[1])

    def test_what_else_is_asked_for_the_bundle_in_force_knows(self):
        folder = self.puller.BUNDLES / ("a" * 64)
        folder.mkdir()
        self.puller.CURRENT.symlink_to(folder)
        self.puller.attempt(self.node, {"verb": "dance", "nonce": "n1"})
        self.assertEqual(self.ran, [("a" * 64, "dance", "--nonce", "n1")])

    def test_a_program_that_was_killed_is_run_again(self):
        self.code = -9
        self.puller.attempt(self.node, self.bundle({"plan.json": "{}"}))
        self.assertEqual(len(self.ran), self.puller.ATTEMPTS)
        self.assertEqual(self.bucket.report()[0], "n1 failed -")

    def test_a_program_that_dies_is_reported(self):
        self.code = 1
        self.puller.attempt(self.node, self.bundle({"plan.json": "{}"}))
        self.assertEqual(self.bucket.report()[0], "n1 failed -")

    def test_there_is_nothing_to_drain_on_a_new_node(self):
        self.puller.attempt(self.node, {"verb": "drain", "nonce": "n1"})
        self.assertEqual(self.bucket.report()[0], "n1 refused -")


if __name__ == "__main__":
    unittest.main()
