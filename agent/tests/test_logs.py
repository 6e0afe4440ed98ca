"""Tests which parts of a service's log leave the node."""

import json
import os
import sys
import unittest
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

from errors import Refused
from redaction import Redactor
from state import InForce, OneShotRequest, State
from tests.test_apply import ELSEWHERE

with mock.patch.dict(sys.modules, {name: mock.MagicMock() for name in ELSEWHERE}):
    import logs
    import verbs

NONCE = "logs-1"
FORCE = "a" * 64
KEY = "-----BEGIN KEY-----\nplanted-key-line\n-----END KEY-----\n"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJwbGFudGVkIn0.c2lnbmF0dXJlLXBsYW50ZWQ"
SERVICES = tuple(
    SimpleNamespace(kind=kind, name=f"livekit-{kind}", container=f"lab-{kind}") for kind in ("livekit", "redis")
)


class Logs(unittest.TestCase):
    def setUp(self):
        stack = ExitStack()
        self.addCleanup(stack.close)
        self.log, self.tail = "ready", mock.Mock(side_effect=lambda _container, _lines: self.log)
        self.state, self.unhealthy, self.applied = State(current=InForce(FORCE, "keys-1")), {}, []
        self.aws, self.reporter, self.redactor = mock.Mock(), mock.Mock(), Redactor()
        secrets = {None: {"apiSecret.0": "planted-new-secret"}, "keys-1": {"apiSecret.0": "planted-old-secret"}}
        for module, name, replacement in (
            (logs.docker, "log_tail", self.tail),
            (logs.state, "load", lambda: self.state),
            (logs.state, "save", mock.Mock()),
            (logs, "read_keys", lambda _aws, _plan, version: (secrets[version], "")),
            (logs, "read_tree", lambda _folder: {"nginx/tls.key": KEY}),
            (logs, "health", lambda service: self.unhealthy.get(service.kind, "healthy")),
            (verbs, "_apply", lambda _folder, _plan, secrets, *_: self.applied.append(secrets)),
        ):
            stack.enter_context(mock.patch.object(module, name, replacement))

    def ask(self, service="livekit", lines="50"):
        plan = SimpleNamespace(services=SERVICES, bucket="bundles", node="euc1-1")
        fields = json.dumps({"verb": "logs", "service": service, "lines": lines})
        with mock.patch.dict(os.environ, {"LIVEKIT_REQUEST": fields}):
            request = verbs.Request("logs", NONCE, None)
            verbs.run(request, Path("/bundles") / FORCE, plan, self.aws, self.redactor, self.reporter)

    @property
    def sent(self):
        [call] = self.aws.put_object.call_args_list
        bucket, key, text = call.args
        self.assertEqual((bucket, key), ("bundles", "logs/euc1-1"))
        return text

    def test_sends_the_end_of_the_log_after_the_requests_nonce(self):
        self.ask()
        self.tail.assert_called_once_with("lab-livekit", 50)
        self.assertEqual(self.sent, f"{NONCE}\nready")
        text = "all services are healthy. The end of livekit's log was sent"
        self.reporter.end.assert_called_once_with("healthy", text)

    def test_redacts_current_and_previous_secrets_and_tokens(self):
        self.log = f"a planted-new-secret b planted-old-secret c planted-key-line d {TOKEN} e"
        self.ask()
        self.assertEqual(self.sent, f"{NONCE}\na *** b *** c *** d *** e")

    def test_replaces_control_characters(self):
        self.log = "user <\x1b]0;owned\x07\x9b2J>\r\tnext\nline"
        self.ask()
        self.assertEqual(self.sent, f"{NONCE}\nuser <?]0;owned??2J>?\tnext\nline")

    def test_sends_nothing_if_secrets_cannot_be_read(self):
        with mock.patch.object(logs, "read_keys", side_effect=OSError), self.assertRaises(OSError):
            self.ask()
        self.aws.put_object.assert_not_called()

    def test_keeps_the_end_from_the_start_of_a_line(self):
        self.log = "x" * 99 + "\n" + ("y" * 99 + "\n") * (logs.MOST_CHARACTERS // 100)
        self.ask()
        self.assertEqual(set(self.sent.removeprefix(NONCE)), {"y", "\n"})
        self.assertLessEqual(len(self.sent), len(NONCE) + 1 + logs.MOST_CHARACTERS)

    def test_rejects_other_containers_and_too_many_lines(self):
        services = [(service, "50") for service in ("lab-livekit", "../etc", None)]
        for service, lines in [*services, *(("livekit", lines) for lines in ("0", "2001", "-1", None))]:
            with self.subTest(service=service, lines=lines), self.assertRaises(Refused):
                self.ask(service, lines)
        self.tail.assert_not_called()

    def test_names_an_unhealthy_service_and_sends_its_log(self):
        self.unhealthy["redis"] = "not running"
        self.ask()
        text = "livekit-redis is not running. The end of livekit's log was sent"
        self.reporter.end.assert_called_once_with("failed", text)
        self.assertIn("ready", self.sent)

    def test_a_repeated_request_as_after_a_restart_applies_the_bundle_in_force(self):
        self.ask()
        self.assertEqual(self.state.one_shot, OneShotRequest(NONCE))
        self.ask()
        self.assertEqual((self.applied, self.tail.call_count), (["keys-1"], 1))


if __name__ == "__main__":
    unittest.main()
