"""Other programs, run without a shell."""

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence

from faults import CommandFailed

# Enough of a failing command's output to see why.
TAIL_CHARACTERS = 2000


def run(
    *command: str,
    timeout: float = 120,
    environment: Mapping[str, str] | None = None,
    check: bool = True,
) -> str:
    """Standard output of a command. With `check=False` an error's output is returned as well."""
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


def run_watched(command: Sequence[str], timeout: float, tick: Callable[[float], None], every: float = 15) -> None:
    """Waits for a command that may take long, and calls `tick` with the seconds gone by every few seconds."""
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as child:
        waited = 0.0
        while True:
            try:
                _, errors = child.communicate(timeout=every)
                break
            except subprocess.TimeoutExpired:
                waited += every
                if waited > timeout:
                    child.kill()
                    raise CommandFailed(f"{brief(command)} took more than {timeout:.0f} s") from None
                tick(waited)
    if child.returncode != 0:
        raise CommandFailed(f"{brief(command)} ended with {child.returncode}:\n{tail(errors)}")


def brief(command: Sequence[str]) -> str:
    return " ".join(command[:6]) + (" ..." if len(command) > 6 else "")


def tail(text: str) -> str:
    """The end of a text, from the start of a line."""
    clean = text.strip()
    return clean if len(clean) <= TAIL_CHARACTERS else clean[-TAIL_CHARACTERS:].partition("\n")[2]
