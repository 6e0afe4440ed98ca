"""Debian packages. Where all are there, as in a baked image, no mirror is asked."""

import time
from collections.abc import Sequence

from commands import run
from faults import CommandFailed, Refused
from plan import Say

ATTEMPTS = 3
_QUIET = {"DEBIAN_FRONTEND": "noninteractive"}


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
    for attempt in range(1, ATTEMPTS + 1):
        try:
            _apt("update")
            # A file of ours that a package also brings stays ours.
            _apt("install", "--yes", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold", *wanted)
            return
        except CommandFailed as error:
            if attempt == ATTEMPTS:
                raise Refused(f"packages could not be installed: {error}") from error
            time.sleep(10 * attempt)


def upgrade(say: Say) -> None:
    """Takes up every newer version, new kernels as well; nothing that is there is removed."""
    say("upgrading Debian's packages")
    try:
        _apt("update")
        _apt("upgrade", "--yes", "--with-new-pkgs", "-o", "Dpkg::Options::=--force-confold")
    except CommandFailed as error:
        raise Refused(f"packages could not be upgraded: {error}") from error


def _apt(*arguments: str) -> None:
    run("apt-get", "-o", "DPkg::Lock::Timeout=300", *arguments, timeout=1200, environment=_QUIET)
