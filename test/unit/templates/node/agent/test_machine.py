"""The machine's files, the engine's times, tokens, and the plan that a bundle really has."""

import base64
import hashlib
import hmac
import json
import os
import tempfile
import unittest
from pathlib import Path

import system
from access_token import access_token
from commands import run, tail
from docker import ContainerState
from faults import CommandFailed
from leftovers import repository_of
from plan import read_plan


class Commands(unittest.TestCase):
    def test_a_failure_has_the_command_and_the_end_of_its_output(self):
        with self.assertRaisesRegex(CommandFailed, r"sh -c .* ended with 3:\nwrong"):
            run("sh", "-c", "echo wrong >&2; exit 3")

    def test_a_program_that_is_not_there_is_named(self):
        with self.assertRaisesRegex(CommandFailed, "no-such-program is not on this machine"):
            run("no-such-program")

    def test_a_program_that_hangs_is_ended(self):
        with self.assertRaisesRegex(CommandFailed, "sleep 60 took more than 0 s"):
            run("sleep", "60", timeout=0.1)

    def test_a_long_text_starts_with_a_line(self):
        self.assertTrue(tail("x" * 1000 + "\n" + "line\n" * 350).startswith("line\n"))


class System(unittest.TestCase):
    def test_what_differs_is_written_and_what_is_no_longer_wanted_goes(self):
        with tempfile.TemporaryDirectory() as name:
            same, other, gone, new = (f"{name}/{each}" for each in ("same", "other", "gone", "new"))
            for path in (same, other, gone):
                Path(path).write_text("text")
            wanted = {same: "text", other: "another", new: "new"}
            change = system.compare(wanted, [same, other, gone, f"{name}/gone-already"])
        self.assertEqual(change.write, {other: "another", new: "new"})
        self.assertEqual(change.remove, (gone,))


class Engine(unittest.TestCase):
    def test_the_engines_times(self):
        for text, seconds in [
            ("1970-01-01T00:00:01.500000000Z", 1.5),
            ("1970-01-01T00:01:00Z", 60.0),
            ("1970-01-01T00:00:00.123456789Z", 0.123456789),
        ]:
            with self.subTest(text):
                self.assertAlmostEqual(ContainerState(True, text, "healthy").started_at, seconds)


class Leftovers(unittest.TestCase):
    def test_the_repository_of_an_image(self):
        for image, repository in [
            ("redis:8", "redis"),
            ("registry:5000/a/b", "registry:5000/a/b"),
            ("registry:5000/a/b:1.2", "registry:5000/a/b"),
            ("a/b:1.2@sha256:0123", "a/b"),
            ("a/b@sha256:0123", "a/b"),
        ]:
            with self.subTest(image):
                self.assertEqual(repository_of(image), repository)


class Tokens(unittest.TestCase):
    def test_a_token_may_list_rooms_and_is_signed(self):
        token = access_token("APIkey", "secret", now=1000)
        body, _, signature = token.rpartition(".")
        expected = hmac.new(b"secret", body.encode(), hashlib.sha256).digest()
        self.assertEqual(base64.urlsafe_b64decode(signature + "="), expected)
        claims = json.loads(base64.urlsafe_b64decode(body.partition(".")[2] + "=="))
        self.assertEqual(claims["video"], {"roomList": True})
        self.assertEqual((claims["iss"], claims["exp"]), ("APIkey", 1060))


class RealPlan(unittest.TestCase):
    def test_the_plan_of_a_bundle_is_read(self):
        plan = read_plan(Path(os.environ["BUNDLE"]))
        self.assertEqual([service.kind for service in plan.services], ["redis", "coturn", "livekit", "nginx"])
        self.assertEqual(plan.certificate.names, ("example.com", "*.example.com"))
        self.assertEqual(plan.ports.turn_tls, 5349)


if __name__ == "__main__":
    unittest.main()
