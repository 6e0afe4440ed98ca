"""Replaces files atomically, so that no program reads an incomplete one."""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from errors import Refused

# Mode of the files: owned by root, readable by group 0, to which the containers' users belong.
SERVICE_MODE = 0o640
_MEBIBYTE = 1024 * 1024
# Disk space that a change may need besides images: files, the rollback snapshot, logs of new containers, the state.
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
    """Returns a folder's texts by relative path; empty if there is no folder."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {str(path.relative_to(folder)): path.read_text() for path in files}


def write_tree(folder: Path, texts: Mapping[str, str]) -> None:
    """Makes a folder contain exactly these texts. Replaces files in place, because containers mount the folders."""
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
    """Creates or replaces a symbolic link atomically."""
    part = link.with_name(f".{link.name}.part")
    part.unlink(missing_ok=True)
    part.symlink_to(target)
    part.replace(link)


@contextmanager
def untouched() -> Iterator[None]:
    """
    Turns disk errors into rejections, for work before any service is touched.

    :raises Refused: instead of OSError
    """
    try:
        yield
    except OSError as error:
        raise Refused(f"nothing was touched: {error}") from error


def require_room(folder: Path) -> None:
    """:raises Refused: if a full disk could interrupt a change half-way"""
    free = shutil.disk_usage(folder).free
    if free < ROOM_BYTES:
        raise Refused(
            f"nothing was touched: {folder} has {free // _MEBIBYTE} MiB of room left, and a change takes"
            f" {ROOM_BYTES // _MEBIBYTE}. To free the space, replace the instance"
        )
