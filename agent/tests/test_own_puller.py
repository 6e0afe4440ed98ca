"""Tests the installation of the puller on instances of earlier releases."""

import json
import os
import stat
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import layout
import own_puller

# A public key of the curve P-256, without use elsewhere.
PUBLIC_KEY = """-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAETfEog7DCVZDqGeoxgLSUlFFCD778
BOMr7ITzdi5+OiArYwqr6ZGvDGbivG4PP/9R/a2hEkfHaVKEg8eJXPe5kg==
-----END PUBLIC KEY-----
"""


class OwnPuller(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        root = Path(folder.name)
        self.bundle, self.puller, self.key = root / "bundle", root / "livekit-node", root / "livekit-node.pem"
        self.bundle.mkdir()
        (self.bundle / "puller.py").write_text("new")
        self.puller.write_text("old")
        for name, path in (("PULLER", self.puller), ("PUBLIC_KEY", self.key)):
            patch = mock.patch.object(layout, name, path)
            patch.start()
            self.addCleanup(patch.stop)

    def install(self, request: object) -> bool:
        with mock.patch.dict(os.environ, {"LIVEKIT_REQUEST": json.dumps(request)}):
            return own_puller.install(self.bundle)

    def test_installs_puller_and_key_on_an_instance_that_has_no_key(self):
        self.assertTrue(self.install({"verb": "apply", "publicKey": PUBLIC_KEY}))
        self.assertEqual((self.puller.read_text(), self.key.read_text()), ("new", PUBLIC_KEY))
        self.assertEqual(stat.S_IMODE(self.puller.stat().st_mode), 0o755)

    def test_keeps_the_key_of_the_instance(self):
        self.key.write_text("the stack's key")
        self.assertTrue(self.install({"verb": "apply", "publicKey": "another key"}))
        self.assertEqual(self.key.read_text(), "the stack's key")

    def test_keeps_the_old_puller_without_a_key_because_the_new_one_would_reject_every_request(self):
        for request in (None, {}, {"publicKey": ""}, {"publicKey": "not a key"}):
            with self.subTest(request):
                self.assertFalse(self.install(request))
        self.assertEqual((self.puller.read_text(), self.key.exists()), ("old", False))

    def test_reports_that_the_puller_is_unchanged(self):
        self.key.write_text("the stack's key")
        self.puller.write_text("new")
        self.assertFalse(self.install({"verb": "apply"}))


if __name__ == "__main__":
    unittest.main()
