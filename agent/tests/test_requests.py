"""Tests which requests the puller accepts."""

import base64
import json
import subprocess
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from tests.puller_case import Clock, PullerCase, load_puller


class Requests(PullerCase):
    def test_rejects_a_request_that_is_not_for_this_instance_or_not_from_the_operator(self):
        good = self.bundle({"plan.json": "{}"})
        foreign = {
            "has no signature": (good, None),
            "signature does not match": (good, "of another key"),
            "request's node is .*euc1-2": ({**good, "node": "euc1-2"}, "of the stack's key"),
            "request's instance is .*i-0999": ({**good, "instance": "i-0999"}, "of the stack's key"),
            "request's instance is null": ({**good, "instance": None}, "of the stack's key"),
            "request's time is null": ({**good, "time": None}, "of the stack's key"),
            "request's time is .*-1": ({**good, "time": "-1"}, "of the stack's key"),
        }
        for reason, (fields, signature) in foreign.items():
            with self.subTest(reason):
                self.bucket.metadata = {"signature": signature} if signature else {}
                self.bucket.reports.clear()
                self.poll(3, json.dumps(fields).encode())
                [report] = self.bucket.reports
                self.assertRegex(report, f"^n1 refused -\\n.*{reason}")
        self.assertEqual((self.ran, self.puller.HANDLED.exists()), ([], False))

    def test_rejects_an_old_request_that_someone_sends_again_and_accepts_a_later_one(self):
        first = {**self.bundle({"plan.json": "{}"}), "nonce": "first", "time": "1000"}
        second = {**first, "nonce": "second", "time": "1001"}
        self.poll(2, json.dumps(first).encode())
        self.poll(2, json.dumps(second).encode())
        self.ran.clear()
        self.poll(2, json.dumps(first).encode())
        self.assertRegex(self.bucket.reports[-1], r"^first refused -\n.*older than the last one")
        self.assertEqual(self.ran, [])
        # A request of the same second could replace the last one, and be replaced by it again.
        self.poll(2, json.dumps({**first, "nonce": "same", "time": "1001"}).encode())
        self.assertRegex(self.bucket.reports[-1], r"^same refused -\n.*older than the last one")
        self.poll(2, json.dumps({**first, "nonce": "third", "time": "1002"}).encode())
        self.assertEqual([nonce for _, _, _, nonce, *_ in self.ran], ["third"])

    def test_rejects_a_request_that_someone_kept_for_more_than_a_day(self):
        request = self.bundle({"plan.json": "{}"})
        for now in (1000 + 86_406, 1000 - 86_406):
            with self.subTest(now):
                self.bucket.reports.clear()
                with mock.patch.object(Clock, "time", lambda _, now=now: now):
                    self.poll(2, json.dumps(request).encode())
                self.assertRegex(self.bucket.reports[-1], r"refused -\n.*more than 86400 s from this node's")
        self.assertEqual(self.ran, [])

    def test_a_restart_while_a_request_runs_does_not_make_an_earlier_one_valid_again(self):
        first = {**self.bundle({"plan.json": "{}"}), "nonce": "first", "time": "1000"}
        self.poll(2, json.dumps(first).encode())

        def killed(*_, **__):
            raise KeyboardInterrupt

        self.puller.program = killed
        self.poll(1, json.dumps({**first, "nonce": "second", "time": "1001"}).encode())
        self.puller.program = self._program
        self.ran.clear()
        self.poll(2, json.dumps(first).encode())
        self.assertRegex(self.bucket.reports[-1], r"^first refused -\n.*older than the last one")
        self.assertEqual(self.ran, [])

    def test_an_incomplete_record_never_replaces_the_former_one(self):
        request = {**self.bundle({"plan.json": "{}"}), "nonce": "first"}
        self.poll(2, json.dumps(request).encode())
        before = self.puller.HANDLED.read_text()
        with mock.patch.object(self.puller.os, "fsync", side_effect=OSError(28, "No space left on device")):
            self.poll(2, json.dumps({**request, "nonce": "second", "time": "1001"}).encode())
        self.assertEqual(self.puller.HANDLED.read_text(), before)
        self.assertEqual([nonce for _, _, _, nonce, *_ in self.ran], ["first", "second"])

    def test_applies_a_deferred_change_while_requests_are_rejected(self):
        self.puller.PENDING.touch()
        self.puller.is_signed = lambda *_: False
        self.poll(1, json.dumps(self.bundle({"plan.json": "{}"})).encode())
        self.assertEqual(len(self.ran), 1)

    def test_a_rejected_request_does_not_make_the_last_one_run_again(self):
        good = json.dumps(self.bundle({"plan.json": "{}"})).encode()
        bodies = iter([good, good, b"{}", b"{}", good, good])
        known = self.node.desired

        def desired():
            self.bucket.objects["nodes/euc1-1/desired"] = next(bodies)
            return known()

        self.node.desired = desired
        self.puller.is_signed = lambda body, _: body == good
        self.poll(6)
        self.assertEqual(len(self.ran), 1)

    def test_applies_the_last_request_once_more_after_a_restart(self):
        request = json.dumps(self.bundle({"plan.json": "{}"})).encode()
        for _ in range(2):
            self.poll(3, request)
        self.assertEqual(len(self.ran), 2)

    def test_accepts_the_request_in_force_when_a_release_without_signatures_recorded_it(self):
        self.puller.HANDLED.write_text('{"nonce": "n1"}')
        self.poll(3, json.dumps(self.bundle({"plan.json": "{}"})).encode())
        self.assertEqual(len(self.ran), 1)
        self.assertEqual(json.loads(self.puller.HANDLED.read_text()), {"nonce": "n1", "time": 1000})


class Signature(unittest.TestCase):
    """Verifies real signatures, with the command of the node's Debian."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.puller, self.root = load_puller(), Path(folder.name)
        self.puller.PUBLIC_KEY = self.key("stack")
        self.key("other")

    def key(self, name: str) -> Path:
        """Creates a key pair and returns the path of the public key."""
        private, public = self.root / f"{name}.key", self.root / f"{name}.pem"
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", str(private))
        openssl("pkey", "-in", str(private), "-pubout", "-out", str(public))
        return public

    def sign(self, body: bytes, name: str = "stack") -> str:
        return base64.b64encode(openssl("dgst", "-sha256", "-sign", str(self.root / f"{name}.key"), body=body)).decode()

    def test_accepts_only_the_stack_keys_signature_of_the_same_text(self):
        good = self.sign(b"request")
        self.assertTrue(self.puller.is_signed(b"request", good))
        self.assertFalse(self.puller.is_signed(b"request ", good))
        self.assertFalse(self.puller.is_signed(b"request", self.sign(b"request", "other")))
        for garbage in ("", "no base64!", "AAAA", good[:-8], "x" * 10_000):
            with self.subTest(garbage[:20]):
                self.assertFalse(self.puller.is_signed(b"request", garbage))

    def test_accepts_nothing_without_the_public_key(self):
        good = self.sign(b"request")
        self.puller.PUBLIC_KEY.unlink()
        self.assertFalse(self.puller.is_signed(b"request", good))


def openssl(*arguments: str, body: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *arguments], input=body, check=True, capture_output=True).stdout


if __name__ == "__main__":
    unittest.main()
