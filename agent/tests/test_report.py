"""Tests the format of a report, which request scripts of this and earlier releases read."""

import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import layout
from redaction import Redactor
from tests.test_apply import ELSEWHERE

with mock.patch.dict(sys.modules, {name: mock.MagicMock() for name in ELSEWHERE}):
    from report import Reporter


class Report(unittest.TestCase):
    def setUp(self):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.enterContext(mock.patch.object(layout, "CURRENT", folder / "current"))
        self.aws, redactor = mock.Mock(), Redactor()
        redactor.learn(["planted-secret"])
        self.reporter = Reporter(self.aws, "bundles", "euc1-1", "apply-1", redactor)

    @property
    def sent(self):
        bucket, key, body = self.aws.put_object.call_args.args
        self.assertEqual((bucket, key), ("bundles", "nodes/euc1-1/report"))
        return body

    def test_begins_with_nonce_status_and_bundle(self):
        layout.CURRENT.symlink_to("bundles/3fa9")
        self.reporter.end("healthy", "all services are healthy, not planted-secret")
        self.assertEqual(self.sent, "apply-1 healthy 3fa9\nall services are healthy, not ***\n")

    def test_adds_the_phase_of_a_working_node(self):
        self.reporter.working("draining livekit, for 900 s at most", "draining")
        self.assertEqual(self.sent, "apply-1 working - draining\ndraining livekit, for 900 s at most\n")
        self.reporter.working("starting livekit")
        self.assertEqual(self.sent, "apply-1 working -\nstarting livekit\n")


if __name__ == "__main__":
    unittest.main()
