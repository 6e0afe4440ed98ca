"""Runs other programs, without a shell."""

import os
import subprocess
from collections.abc import Mapping, Sequence

from errors import CommandFailed

# Characters of a failed command's output to keep, enough to show the reason.
TAIL_CHARACTERS = 2000


def run(
    *command: str,
    timeout: float = 120,
    environment: Mapping[str, str] | None = None,
    check: bool = True,
) -> str:
    """Runs a command and returns its standard output. With `check=False` a failure and its errors are output, too."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if check else subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=timeout,
            env={**os.environ, **(environment or {})},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CommandFailed(f"{brief(command)} took more than {timeout:.0f} s") from error
    except FileNotFoundError as error:
        raise CommandFailed(f"{command[0]} is not on this machine") from error
    if check and done.returncode != 0:
        raise CommandFailed(f"{brief(command)} ended with {done.returncode}:\n{tail(done.stderr or done.stdout)}")
    return done.stdout


def brief(command: Sequence[str]) -> str:
    return " ".join(command[:6]) + (" ..." if len(command) > 6 else "")


def tail(text: str) -> str:
    """Returns the end of a text, from the start of a line."""
    clean = text.strip()
    return clean if len(clean) <= TAIL_CHARACTERS else clean[-TAIL_CHARACTERS:].partition("\n")[2]
