"""Files that are replaced whole, so that nobody ever reads a half of one."""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from errors import Refused

# Root's, and readable by group 0 alone, which the containers' users are of.
SERVICE_MODE = 0o640
_MEBIBYTE = 1024 * 1024
# What a change may write beside images: files, what was live before, logs of new containers, what is remembered.
ROOM_BYTES = 16 * _MEBIBYTE


def write_whole(path: Path, text: str, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
        file.write(text)
        os.fchmod(file.fileno(), mode)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def read_tree(folder: Path) -> dict[str, str]:
    """Texts of a folder by relative path; empty where there is none."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {str(path.relative_to(folder)): path.read_text() for path in files}


def write_tree(folder: Path, texts: Mapping[str, str]) -> None:
    """Makes a folder hold these texts and no others, each replaced in place: containers have the folders mounted."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o750)
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        if not path.exists() or path.read_text() != text:
            write_whole(path, text, SERVICE_MODE)
    for name in read_tree(folder).keys() - texts.keys():
        (folder / name).unlink()


def remove_tree(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def point(link: Path, target: Path) -> None:
    """Makes a symbolic link, in one step."""
    part = link.with_name(f".{link.name}.part")
    part.unlink(missing_ok=True)
    part.symlink_to(target)
    part.replace(link)


@contextmanager
def untouched() -> Iterator[None]:
    """
    Before anything that serves is touched: what the disk does not take is refused.

    :raises Refused: in the place of OSError
    """
    try:
        yield
    except OSError as error:
        raise Refused(f"nothing was touched: {error}") from error


def require_room(folder: Path) -> None:
    """:raises Refused: where a change could be caught half-way by a full disk"""
    free = shutil.disk_usage(folder).free
    if free < ROOM_BYTES:
        raise Refused(
            f"nothing was touched: {folder} has {free // _MEBIBYTE} MiB of room left, and a change takes"
            f" {ROOM_BYTES // _MEBIBYTE}. What fills it goes with the instance, when that is replaced"
        )
