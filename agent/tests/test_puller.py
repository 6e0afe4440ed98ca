"""Tests how the puller fetches bundles and runs their agent."""

import json
import unittest
from pathlib import Path
from unittest import mock

from tests.puller_case import PullerCase


class Puller(PullerCase):
    def test_exits_without_credentials_so_that_systemd_restarts_it(self):
        def without():
            raise self.puller.NoCredentialsError

        self.node.desired = without
        self.puller.Node = lambda: self.node
        with self.assertRaises(SystemExit):
            self.puller.main()

    def test_no_request_yet(self):
        self.assertIsNone(self.node.desired())

    def test_unpacks_a_bundle_and_runs_its_program(self):
        request = self.bundle({"plan.json": "{}", "agent/__main__.py": "pass"})
        self.attempt(request)
        folder = self.puller.BUNDLES / request["sha256"]
        self.assertEqual((folder / "agent/__main__.py").read_text(), "pass")
        self.assertEqual(self.ran, [(request["sha256"], "apply", "--nonce", "n1", "--secrets", "s1")])

    def test_rejects_a_bundle_with_another_checksum(self):
        request = {**self.bundle({"plan.json": "{}"}), "sha256": "0" * 64}
        self.attempt(request)
        self.assertEqual(self.bucket.report()[0], "n1 refused -")
        self.assertIn("SHA-256", self.bucket.report()[1])
        self.assertEqual(self.ran, [])

    def test_rejects_a_path_outside_of_the_bundle(self):
        for path in ("../outside", "/etc/outside", "a/../../outside"):
            with self.subTest(path):
                self.attempt(self.bundle({path: "text"}))
                self.assertEqual(self.bucket.report()[0], "n1 refused -")
                self.assertIn(path, self.bucket.report()[1])

    def test_passes_other_requests_to_the_bundle_in_force(self):
        folder = self.puller.BUNDLES / ("a" * 64)
        folder.mkdir()
        self.puller.CURRENT.symlink_to(folder)
        self.attempt({"verb": "dance", "nonce": "n1"})
        self.assertEqual(self.ran, [("a" * 64, "dance", "--nonce", "n1")])

    def test_runs_a_killed_program_again(self):
        self.code = -9
        self.attempt(self.bundle({"plan.json": "{}"}))
        self.assertEqual(len(self.ran), self.puller.ATTEMPTS)
        self.assertEqual(self.bucket.report()[0], "n1 failed -")

    def test_reports_a_program_that_fails(self):
        self.code = 1
        self.attempt(self.bundle({"plan.json": "{}"}))
        self.assertEqual(self.bucket.report()[0], "n1 failed -")

    def test_rejects_a_drain_on_a_new_node(self):
        self.attempt({"verb": "drain", "nonce": "n1"})
        self.assertEqual(self.bucket.report()[0], "n1 refused -")

    def test_waits_for_a_bundle_that_a_new_bucket_does_not_have_yet(self):
        request = self.bundle({"plan.json": "{}"})
        self.bucket.trouble = ["NoSuchVersion", "NoSuchKey", "404", "AccessDenied"]
        self.assertEqual(self.poll(6, json.dumps(request).encode()), 30)
        self.assertEqual(self.ran, [(request["sha256"], "apply", "--nonce", "n1", "--secrets", "s1")])
        [report] = self.bucket.reports
        self.assertRegex(report, r"^n1 working -\nS3 did not return bundles/euc1-1.json in version v1: NoSuchVersion\n")

    def test_gives_up_on_a_missing_bundle_and_reports_the_time(self):
        self.bucket.trouble = ["NoSuchVersion"] * 1000
        polls = self.puller.LATE_SECONDS // self.puller.POLL_SECONDS + 10
        self.poll(polls, json.dumps(self.bundle({"plan.json": "{}"})).encode())
        [_, text] = self.bucket.reports
        self.assertRegex(text, r"^n1 refused -\n.*bundles/euc1-1.json in version v1: NoSuchVersion\n")
        self.assertIn("The node tried for 900 s.", text)
        self.assertEqual(self.ran, [])
        # It stops polling: the remaining errors were never returned.
        self.assertEqual(len(self.bucket.trouble), 1000 - self.puller.LATE_SECONDS // self.puller.POLL_SECONDS - 1)

    def test_retries_a_busy_s3_and_rejects_no_bundle(self):
        request = self.bundle({"plan.json": "{}"})
        self.bucket.trouble = ["SlowDown", "503", "InternalError"]
        self.poll(5, json.dumps(request).encode())
        self.assertEqual(self.ran, [(request["sha256"], "apply", "--nonce", "n1", "--secrets", "s1")])

    def test_a_newer_request_replaces_one_that_waits(self):
        request = self.bundle({"plan.json": "{}"})
        self.bucket.trouble = ["NoSuchVersion"] * 2
        self.poll(2, json.dumps({**request, "nonce": "n0"}).encode())
        self.poll(2, json.dumps({**request, "time": "1001"}).encode())
        self.assertEqual([nonce for _, _, _, nonce, *_ in self.ran], ["n1"])

    def test_rejects_an_invalid_argument_immediately(self):
        self.bucket.trouble = ["InvalidArgument"]
        self.assertTrue(self.attempt(self.bundle({"plan.json": "{}"})))
        self.assertEqual(self.bucket.report()[0], "n1 refused -")

    def test_rejects_and_names_a_bundle_without_a_version(self):
        for version in ("", None, 7):
            with self.subTest(version):
                self.assertTrue(self.attempt({**self.bundle({"plan.json": "{}"}), "bundle": version}))
                self.assertEqual(self.bucket.report()[0], "n1 refused -")
                self.assertRegex(self.bucket.report()[1], r"bundle is .*bundles/euc1-1\.json.*pulumi up --refresh")
        self.assertEqual(self.ran, [])

    def test_answers_every_request_once_and_keeps_running(self):
        good = self.bundle({"plan.json": "{}"})
        for number, body in enumerate(
            [
                b"",
                b"\xff\xfe",
                b"[" * 16000,
                b"[1]",
                b'"apply"',
                json.dumps({**good, "verb": 3}).encode(),
                json.dumps({**good, "verb": "--help"}).encode(),
                json.dumps({**good, "sha256": "../../etc"}).encode(),
                json.dumps({**good, "secrets": "--nonce"}).encode(),
                json.dumps({**good, "nonce": ["n"]}).encode(),
                json.dumps({**good, "nonce": "two words\n", "verb": {}}).encode(),
                json.dumps({"filler": "x" * 20_000, **good}).encode(),
            ]
        ):
            with self.subTest(body[:60]):
                self.ran.clear()
                self.bucket.reports.clear()
                self.assertEqual(self.poll(4, body), 20)
                self.assertEqual(len(self.bucket.reports) + len(self.ran), 1)
                self.assertTrue(self.ran or " refused -\n" in self.bucket.reports[0], number)

    def test_rejects_a_malformed_bundle_and_leaves_no_file(self):
        shapes = [[], "text", {"a": 1}, {"a": {}}, {"": "x"}, {"a": "1", "a/b": "2"}, {"a\0": "x"}]
        for number, files in enumerate(shapes):
            with self.subTest(files):
                self.assertTrue(self.attempt({**self.bundle(files), "nonce": f"n{number}"}))
                self.assertEqual(self.bucket.report()[0], f"n{number} refused -")
        self.assertEqual((list(self.puller.BUNDLES.iterdir()), self.ran), ([], []))

    def test_rejects_on_a_full_disk_because_nothing_was_touched(self):
        with mock.patch.object(Path, "write_text", side_effect=OSError(28, "No space left on device")):
            self.attempt(self.bundle({"plan.json": "{}"}))
        self.assertEqual(self.bucket.report()[0], "n1 refused -")
        self.assertIn("nothing was touched: [Errno 28] No space left on device", self.bucket.report()[1])
        self.assertEqual(list(self.puller.BUNDLES.iterdir()), [])

    def test_does_not_repeat_a_request_that_it_could_not_record(self):
        self.puller.HANDLED = self.puller.IDENTITY / "no-folder"
        self.poll(5, json.dumps(self.bundle({"plan.json": "{}"})).encode())
        self.assertEqual(len(self.ran), 1)

    def test_passes_the_whole_request_to_the_program(self):
        request = {**self.bundle({"plan.json": "{}"}), "since": "a later release"}
        self.attempt(request)
        self.assertEqual(self.handed_over, request)


if __name__ == "__main__":
    unittest.main()
