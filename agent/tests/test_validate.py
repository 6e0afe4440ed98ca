"""Tests which services of a bundle are checked for Redis before running ones are replaced."""

import tempfile
import unittest
from dataclasses import replace
from pathlib import Path
from unittest import mock

import layout
import validate
from errors import CommandFailed, Refused
from tests.test_apply_changes import plan

ENTRY = {
    "entrypoint": ["/livekit-server"],
    "command": ["--config", "/config/livekit.yaml"],
    "user": "65532:0",
    "volumes": [
        {"type": "bind", "source": "/var/lib/livekit/staged/livekit", "target": "/config"},
        {"type": "bind", "source": "/etc/ssl/certs/ca.crt", "target": "/etc/ssl/certs/ca.crt"},
    ],
}
LIVE = {"livekit/livekit.yaml": "before", "nginx/nginx.conf": "before"}
NEW = {**LIVE, "livekit/livekit.yaml": "after"}


class SharedRedis(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        root = Path(folder.name)
        self.commands: list[tuple[str, ...]] = []
        self.answer: str | CommandFailed = "ID | IP Address"
        for target, name, replacement in [
            (layout, "STACK", root / "stack"),
            (layout, "STAGED", root / "staged"),
            (validate, "_entries", lambda: dict.fromkeys(("livekit", "nginx", "livekit-redis"), ENTRY)),
            (validate, "_fetch", mock.Mock()),
            (validate, "run", self.run_command),
        ]:
            patch = mock.patch.object(target, name, replacement)
            patch.start()
            self.addCleanup(patch.stop)

    def run_command(self, *command: str, **_) -> str:
        self.commands.append(command)
        if "list-nodes" not in command:
            return "TCP Ports"
        if isinstance(self.answer, CommandFailed):
            raise self.answer
        return self.answer

    def validate_files(self, live=LIVE, new=NEW, kinds=("livekit", "nginx")) -> list[tuple[str, ...]]:
        """:returns: the commands that query Redis"""
        validate.write_tree(layout.STACK, live)
        whole = plan("drain")
        services = tuple(service for service in whole.services if service.kind in kinds)
        validate.validate_files(replace(whole, services=services), new, mock.Mock())
        return [command for command in self.commands if "list-nodes" in command]

    def test_livekit_queries_redis_with_the_new_files_and_the_machines_ca_certificates(self):
        [command] = self.validate_files()
        self.assertEqual(command[command.index("--network") + 1], "host")
        self.assertIn("/etc/ssl/certs/ca.crt:/etc/ssl/certs/ca.crt:ro", command)
        self.assertIn(f"{layout.STAGED}/livekit:/config:ro", command)

    def test_rejects_the_bundle_if_redis_does_not_answer(self):
        self.answer = "unable to connect to redis: connection refused"
        with self.assertRaisesRegex(Refused, "livekit does not reach Redis, .*: unable to connect to redis"):
            self.validate_files()

    def test_removes_a_trial_that_takes_too_long(self):
        self.answer = CommandFailed("docker run took more than 30 s")
        with (
            mock.patch.object(validate.docker, "log_tail", lambda _: "connecting to redis"),
            self.assertRaisesRegex(Refused, "connecting to redis\n.*took more than 30 s"),
        ):
            self.validate_files()
        self.assertEqual(self.commands[-1][:3], ("docker", "rm", "--force"))

    def test_does_not_query_redis_if_livekit_is_unchanged(self):
        self.assertEqual(self.validate_files(new={**LIVE, "nginx/nginx.conf": "after"}), [])

    def test_a_new_node_may_start_before_redis(self):
        self.assertEqual(self.validate_files(live={}), [])

    def test_does_not_query_a_redis_of_the_node_itself(self):
        with mock.patch.dict(validate._validators, {"redis": mock.Mock()}):
            self.assertEqual(self.validate_files(kinds=("livekit", "nginx", "redis")), [])


if __name__ == "__main__":
    unittest.main()
