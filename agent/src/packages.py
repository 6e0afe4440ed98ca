"""Installs Debian packages. Uses no mirror if all are installed, as in a prebaked image."""

import re
import time
from collections.abc import Sequence

from commands import run
from errors import CommandFailed, Refused
from plan import Say

ATTEMPTS = 3
# Seconds that other programs may hold apt's locks in total. At first boot, Debian's own upgrade holds them.
LOCK_SECONDS = 300
# Seconds that apt itself waits for dpkg's lock. For the locks of its lists and archives it does not wait.
_DPKG_LOCK_SECONDS = 20
_PAUSE_SECONDS = 5
_HELD = re.compile(r"^E: (Could not get lock .*)$", re.MULTILINE)
# Sets the language of apt's messages, because this module parses them.
_QUIET = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}


def missing(packages: Sequence[str]) -> list[str]:
    lines = run(
        "dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\n", *packages, check=False
    ).splitlines()
    installed = {line.split()[0] for line in lines if line.endswith(" installed")}
    return [package for package in packages if package not in installed]


def install(packages: Sequence[str], say: Say) -> None:
    wanted = missing(packages)
    if not wanted:
        return
    say(f"installing {', '.join(wanted)}")
    # Completes an installation that a power loss interrupted, because it would block the next one.
    run("dpkg", "--configure", "-a", "--force-confold", timeout=1200, environment=_QUIET, check=False)
    apt = _Apt(say)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            apt.get("update")
            # Keeps the stack's version of a file that a package also has.
            apt.get("install", "--yes", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold", *wanted)
            return
        except CommandFailed as error:
            if attempt == ATTEMPTS:
                raise Refused(f"packages could not be installed: {error}") from error
            time.sleep(10 * attempt)


def upgrade(say: Say) -> None:
    """Upgrades every package, including to new kernels, and removes none."""
    say("upgrading Debian's packages")
    apt = _Apt(say)
    try:
        apt.get("update")
        apt.get("upgrade", "--yes", "--with-new-pkgs", "-o", "Dpkg::Options::=--force-confold")
    except CommandFailed as error:
        raise Refused(f"packages could not be upgraded: {error}") from error


class _Apt:
    """apt-get, which waits for other programs' locks."""

    def __init__(self, say: Say) -> None:
        self._say, self._waited = say, 0.0

    def get(self, *arguments: str) -> None:
        """:raises Refused: if other programs hold the locks for too long"""
        while True:
            began = time.monotonic()
            try:
                run(
                    *("apt-get", "-o", f"DPkg::Lock::Timeout={_DPKG_LOCK_SECONDS}", *arguments),
                    timeout=1200,
                    environment=_QUIET,
                )
                return
            except CommandFailed as error:
                held = _HELD.findall(str(error))
                if not held:
                    raise
            self._say(f"waiting for another program, for {LOCK_SECONDS} s at most: {held[-1]}")
            time.sleep(_PAUSE_SECONDS)
            self._waited += time.monotonic() - began
            if self._waited >= LOCK_SECONDS:
                raise Refused(f"another program has held apt's locks for {self._waited:.0f} s: {held[-1]}")
