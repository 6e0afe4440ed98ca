"""Tests a request for maintenance, before and after the restart of the machine."""

import subprocess
import sys
import unittest
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

from errors import Refused
from state import InForce, OneShotRequest, State
from tests.test_apply import ELSEWHERE

with mock.patch.dict(sys.modules, {name: mock.MagicMock() for name in ELSEWHERE}):
    import maintenance
    import verbs

NONCE = "maintain-1"
FORCE = "a" * 64


class Restarted(BaseException):
    """Ends the program, as a restart of the machine does."""


class Maintenance(unittest.TestCase):
    def setUp(self):
        stack = ExitStack()
        self.addCleanup(stack.close)
        self.policy, self.done = "drain", []
        self.state = State(current=InForce(FORCE, "keys-1"))
        self.upgrade = mock.Mock(side_effect=lambda _say: self.done.append("upgrade"))
        # Replaces only what the tested modules use. Running any program of this machine fails the test.
        for module, name, replacement in (
            (subprocess, "run", mock.Mock(side_effect=AssertionError("a program of this machine"))),
            (maintenance.drains, "livekit", lambda service, _plan, _say: self.done.append(f"drain {service}")),
            (maintenance.packages, "upgrade", self.upgrade),
            (maintenance.state, "load", lambda: self.state),
            (maintenance.state, "save", lambda state: self.done.append(f"save {state.one_shot.nonce}")),
            (maintenance, "run", lambda *command: self.done.append(" ".join(command))),
            (maintenance, "time", SimpleNamespace(sleep=self._sleep)),
            (verbs, "_apply", lambda _folder, _plan, secrets, *_: self.done.append(f"apply with {secrets}")),
        ):
            stack.enter_context(mock.patch.object(module, name, replacement))

    def _sleep(self, _seconds):
        raise Restarted

    def maintain(self) -> list[str]:
        change = SimpleNamespace(policy=self.policy)
        plan = SimpleNamespace(change=change, of_kind=lambda kind: [kind, f"{kind}-2"])
        request = verbs.Request("maintain", NONCE, None)
        self.done.clear()
        try:
            verbs.run(request, Path("/bundles") / FORCE, plan, mock.Mock(), mock.Mock(), mock.Mock())
        except Restarted:
            self.done.append("off")
        return self.done

    def test_drains_then_upgrades_packages_then_restarts(self):
        restart = ["upgrade", f"save {NONCE}", "systemctl reboot", "off"]
        self.assertEqual(self.maintain(), ["drain livekit", "drain livekit-2", *restart])

    def test_the_restart_policy_waits_for_no_call(self):
        self.policy = "restart"
        self.assertEqual(self.maintain()[0], "upgrade")

    def test_applies_the_bundle_in_force_with_its_secrets_after_the_restart(self):
        self.maintain()
        self.assertEqual(self.maintain(), ["apply with keys-1"])

    def test_an_earlier_request_does_not_count_as_this_restart(self):
        self.state.one_shot = OneShotRequest("maintain-0")
        self.assertIn("systemctl reboot", self.maintain())

    def test_a_failed_upgrade_restarts_nothing_and_is_retried(self):
        self.upgrade.side_effect = Refused("packages could not be upgraded: no mirror answers")
        with self.assertRaises(Refused):
            self.maintain()
        self.assertNotIn("systemctl reboot", self.done)
        self.assertIsNone(self.state.one_shot)


if __name__ == "__main__":
    unittest.main()
