"""What an apply does when the disk is full: nothing that serves is touched, or all of it is taken back."""

import sys
import unittest
from contextlib import ExitStack
from pathlib import Path
from unittest import mock

from errors import Refused
from state import InForce, State

# Not on every machine that tests: of these it needs no more than that they are there.
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

    def test_where_there_is_room_it_goes_through(self):
        self.apply()
        self.steps["_commit"].assert_called_once()

    def test_before_the_swap_it_is_refused_and_nothing_is_touched(self):
        for name in BEFORE:
            with self.subTest(name):
                self.steps[name].side_effect = FULL
                self.refused(r"^nothing was touched: \[Errno 28\] No space left on device")
                self.steps[name].side_effect = None
        self.steps["system"].apply.assert_not_called()
        self.steps["_bring_up"].assert_not_called()

    def test_too_little_room_for_the_swap_is_refused_before_it(self):
        self.free.return_value.free = 9 << 20
        self.refused(r"^nothing was touched: /var/lib/livekit has 9 MiB of room left, and a change takes 16")
        self.steps["system"].apply.assert_not_called()

    def test_in_the_swap_it_is_taken_back(self):
        self.steps["_bring_up"].side_effect = FULL
        self.refused("The bundle before it serves again")
        self.steps["_take_back"].assert_called_once()

    def test_what_can_not_be_taken_back_is_no_refusal(self):
        self.steps["_bring_up"].side_effect = self.steps["_take_back"].side_effect = FULL
        with self.assertRaises(OSError):
            self.apply()


if __name__ == "__main__":
    unittest.main()
