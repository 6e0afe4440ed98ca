"""Tests the installation of Debian's packages with prepared answers of apt."""

import unittest
from unittest import mock

import packages
from errors import CommandFailed, Refused

# Messages of apt 2.6 and 3.0.
LISTS = """apt-get -o ... ended with 100:
E: Could not get lock /var/lib/apt/lists/lock. It is held by process 417 (apt-get)
E: Unable to lock directory /var/lib/apt/lists/"""
DPKG = """apt-get -o ... ended with 100:
Waiting for cache lock: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 92 (dpkg)...
E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 512 (unattended-upgr)
N: Be aware that removing the lock file is not a solution and may break your system.
E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?"""


class Packages(unittest.TestCase):
    def setUp(self):
        self.now = 1000.0
        self.apt: list[tuple[str, ...]] = []
        self.mended = 0
        self.answers: list[str] = []
        self.said: list[str] = []
        self.installed = ""
        for name, replacement in {"run": self._run, "time": self}.items():
            patcher = mock.patch.object(packages, name, replacement)
            patcher.start()
            self.addCleanup(patcher.stop)

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def _run(self, program, *arguments, **_) -> str:
        if program == "dpkg":
            self.mended += 1
        if program != "apt-get":
            return self.installed
        option, timeout, *rest = arguments
        self.assertEqual((option, timeout.partition("=")[0]), ("-o", "DPkg::Lock::Timeout"))
        self.apt.append(tuple(rest[:2]))
        answer = self.answers.pop(0) if self.answers else ""
        if answer:
            self.now += int(timeout.partition("=")[2]) if answer is DPKG else 1
            raise CommandFailed(answer)
        return ""

    def install(self) -> None:
        packages.install(["nftables"], self.said.append)

    def test_does_not_call_apt_if_all_packages_are_installed(self):
        self.installed = "nftables installed\n"
        self.install()
        self.assertEqual((self.apt, self.said, self.mended), ([], [], 0))

    def test_completes_an_interrupted_installation_first(self):
        self.install()
        self.assertEqual((self.apt, self.mended), ([("update",), ("install", "--yes")], 1))

    def test_waits_for_locks_and_reports_their_holders(self):
        self.answers = [LISTS] * 20 + ["", DPKG, DPKG, ""]
        self.install()
        self.assertEqual(self.apt[-1], ("install", "--yes"))
        reported = [text.partition(": ")[2] for text in self.said[1:]]
        self.assertIn("Could not get lock /var/lib/apt/lists/lock. It is held by process 417 (apt-get)", reported)
        self.assertIn(
            "Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 512 (unattended-upgr)", reported
        )

    def test_names_the_process_that_keeps_a_lock(self):
        for held, name in ((LISTS, "apt-get"), (DPKG, "unattended-upgr")):
            with self.subTest(name):
                self.answers, began = [held] * 1000, self.now
                with self.assertRaisesRegex(Refused, rf"for 3\d\d s: Could not get lock .* \({name}\)$"):
                    self.install()
                self.assertAlmostEqual(self.now - began, packages.LOCK_SECONDS, delta=30)

    def test_an_upgrade_waits_too(self):
        self.answers = [LISTS] * 3
        packages.upgrade(self.said.append)
        self.assertEqual(self.apt, [("update",)] * 4 + [("upgrade", "--yes")])

    def test_retries_other_failures_three_times(self):
        self.answers = ["E: Failed to fetch http://deb.debian.org/debian"] * 9
        with self.assertRaisesRegex(Refused, "packages could not be installed: E: Failed to fetch"):
            self.install()
        self.assertEqual(self.apt, [("update",)] * packages.ATTEMPTS)


if __name__ == "__main__":
    unittest.main()
