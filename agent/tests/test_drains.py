"""Tests how long a service may take to end with its last call."""

import unittest
from types import SimpleNamespace
from unittest import mock

import drains
from docker import ContainerState
from plan import Service

SERVICE = Service("livekit", "livekit", "livekit:1", "lab-livekit", "entry")


class Drains(unittest.TestCase):
    """Uses a clock that only sleep advances."""

    def setUp(self):
        self.now, self.ends, self.done, self.said = 0.0, 0.0, [], []
        for target, replacement in {
            "drains.time": SimpleNamespace(monotonic=lambda: self.now, sleep=self._sleep),
            "docker.state_of": lambda _name: ContainerState(self.now < self.ends, "2026-01-01T00:00:00Z", "none"),
            "docker.keep_down": lambda _name: self.done.append("keep down"),
            "docker.signal": lambda _name, signal: self.done.append(f"{signal} at {self.now:.0f}"),
            "docker.stop": lambda _name: self.done.append("stop"),
        }.items():
            patcher = mock.patch(target, replacement)
            patcher.start()
            self.addCleanup(patcher.stop)

    def _sleep(self, seconds):
        self.now += seconds

    def drain(self, limit: int) -> None:
        plan = SimpleNamespace(change=SimpleNamespace(drain_timeout_seconds=limit))
        drains.livekit(SERVICE, plan, lambda text, phase: self.said.append((text, phase)))

    def test_ends_with_the_last_call(self):
        self.ends = 50
        self.drain(900)
        self.assertEqual(self.done, ["keep down", "TERM at 0", "stop"])
        self.assertLess(self.now, 60)
        said = ["draining livekit, for 900 s at most", "draining livekit: 30 of 900 s at most"]
        self.assertEqual(self.said, [(text, "draining") for text in said])

    def test_begins_with_words_that_earlier_request_scripts_read(self):
        self.ends = 50
        self.drain(900)
        for text, _ in self.said:
            self.assertTrue(text.startswith("draining livekit"), text)

    def test_coturn_reports_no_phase(self):
        self.ends = 20
        plan = SimpleNamespace(change=SimpleNamespace(drain_timeout_seconds=900))
        said = mock.Mock()
        drains.coturn(Service("coturn", "coturn", "coturn:1", "lab-coturn", "entry"), plan, said)
        said.assert_called_once_with("draining coturn, for 900 s at most")

    def test_sends_a_second_signal_when_calls_outlast_the_timeout(self):
        self.ends = 10_000
        self.drain(60)
        first, second = (entry for entry in self.done if entry.startswith("TERM"))
        self.assertEqual(first, "TERM at 0")
        self.assertGreaterEqual(int(second.split()[-1]), 60)
        self.assertLess(self.now, 90)
        self.assertEqual(self.done[-1], "stop")

    def test_does_not_wait_for_a_service_that_is_down(self):
        self.drain(900)
        self.assertEqual((self.done, self.now), (["stop"], 0.0))


if __name__ == "__main__":
    unittest.main()
