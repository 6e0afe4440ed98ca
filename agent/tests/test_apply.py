"""Tests an apply on a full disk: it touches no running service, or it rolls everything back."""

import sys
import unittest
from contextlib import ExitStack
from pathlib import Path
from unittest import mock

from errors import Refused
from state import InForce, State

# These modules are not on every test machine; the tests only need them to be importable.
ELSEWHERE = (
    *("boto3", "botocore", "botocore.config", "botocore.exceptions", "yaml", "cryptography"),
    *("cryptography.hazmat", "cryptography.hazmat.primitives", "cryptography.hazmat.primitives.serialization"),
    *("cryptography.hazmat.primitives.asymmetric", "cryptography.hazmat.primitives.asymmetric.types"),
)
with mock.patch.dict(sys.modules, {name: mock.MagicMock() for name in ELSEWHERE}):
    import apply

FULL = OSError(28, "No space left on device")
BEFORE = ("_render", "validate_files", "_keep_before")
AFTER = ("_bring_up", "_commit")


class FullDisk(unittest.TestCase):
    def setUp(self):
        stack = ExitStack()
        self.addCleanup(stack.close)
        self.steps = {
            name: stack.enter_context(mock.patch.object(apply, name))
            for name in (*BEFORE, *AFTER, "read_plan", "load", "system", "_summary", "_take_back")
        }
        self.steps["load"].return_value = State(current=InForce("a" * 64))
        self.free = stack.enter_context(mock.patch("shutil.disk_usage"))
        self.free.return_value.free = 1 << 30

    def apply(self) -> None:
        apply.apply(Path("/bundle"), None, mock.Mock(), mock.Mock(), mock.Mock())

    def refused(self, text: str) -> None:
        with self.assertRaisesRegex(Refused, text):
            self.apply()

    def test_succeeds_with_enough_space(self):
        self.apply()
        self.steps["_commit"].assert_called_once()

    def test_rejects_before_the_swap_and_touches_nothing(self):
        for name in BEFORE:
            with self.subTest(name):
                self.steps[name].side_effect = FULL
                self.refused(r"^nothing was touched: \[Errno 28\] No space left on device")
                self.steps[name].side_effect = None
        self.steps["system"].apply.assert_not_called()
        self.steps["_bring_up"].assert_not_called()

    def test_rejects_too_little_space_before_the_swap(self):
        self.free.return_value.free = 9 << 20
        self.refused(r"^nothing was touched: /var/lib/livekit has 9 MiB of room left, and a change takes 16")
        self.steps["system"].apply.assert_not_called()

    def test_rolls_back_during_the_swap(self):
        self.steps["_bring_up"].side_effect = FULL
        self.refused("The bundle before it serves again")
        self.steps["_take_back"].assert_called_once()

    def test_a_failed_rollback_is_an_error_and_no_rejection(self):
        self.steps["_bring_up"].side_effect = self.steps["_take_back"].side_effect = FULL
        with self.assertRaises(OSError):
            self.apply()


if __name__ == "__main__":
    unittest.main()
