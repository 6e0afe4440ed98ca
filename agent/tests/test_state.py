"""Tests the state file, which the programs of earlier and later bundles read too."""

import json
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import layout
import state
from changes import Running
from rendering import FileFingerprint

# A state file of the first release.
STORED = {
    "current": {"sha256": "b", "secrets": "2"},
    "previous": {"sha256": "a", "secrets": "1"},
    "containers": {
        "livekit": {
            "started": "2026-01-01T00:00:00Z",
            "taken_up": {
                "entry": "d1",
                "files": {"livekit.yaml": {"template": "t1", "secrets": {"apiSecret.0": "s1"}}},
            },
        }
    },
    "live": {"livekit": {"livekit.yaml": {"template": "t1", "secrets": {"apiSecret.0": "s1"}}}},
    "proven": {},
    "swapped": 12.5,
    "once": {"nonce": "n1", "sha256": "a"},
    "system": ["/etc/sysctl.d/90-livekit.conf"],
    "system_dirty": [],
}


class StateFile(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        patched = mock.patch.object(layout, "STATE", Path(folder.name) / "state.json")
        patched.start()
        self.addCleanup(patched.stop)
        layout.STATE.write_text(json.dumps(STORED))

    def test_reads_the_state_of_the_first_release(self):
        known = state.load()
        fingerprint = FileFingerprint("t1", {"apiSecret.0": "s1"})
        self.assertEqual(known.containers["livekit"].applied, Running("d1", {"livekit.yaml": fingerprint}))
        self.assertEqual(known.one_shot, state.OneShotRequest("n1", "a"))
        self.assertEqual(known.current, state.InForce("b", "2"))

    def test_writes_a_state_that_the_first_release_reads(self):
        state.save(state.load())
        self.assertEqual(json.loads(layout.STATE.read_text()), STORED)

    def test_writes_a_state_without_a_one_shot_request(self):
        state.save(state.State())
        self.assertIsNone(json.loads(layout.STATE.read_text())["once"])


if __name__ == "__main__":
    unittest.main()
