"""Writes the machine's own files, such as the firewall, kernel settings and units, and reloads what reads them."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import layout
from commands import run
from errors import CommandFailed, Refused
from files import read_tree, remove_tree, write_tree, write_whole
from state import State, save

# The only file in its folder that the agent loads: Debian loaded its own at boot.
SYSCTL = "/etc/sysctl.d/60-livekit.conf"

# Not every node has this unit.
_WATCH = "/etc/systemd/system/livekit-watch"

_CHECK = layout.ROOT / "check"


@dataclass(frozen=True)
class SystemChange:
    # New texts of changed files, by absolute path.
    write: Mapping[str, str]
    remove: tuple[str, ...]


def wanted_files(bundle: Path) -> dict[str, str]:
    return {f"/{path}": text for path, text in read_tree(bundle / "system").items()}


def compare(wanted: Mapping[str, str], before: list[str]) -> SystemChange:
    return SystemChange(
        write={path: text for path, text in wanted.items() if _read(path) != text},
        remove=tuple(path for path in before if path not in wanted and os.path.lexists(path)),
    )


def snapshot(paths: list[str]) -> dict[str, str]:
    return {path: text for path in paths if (text := _read(path)) is not None}


def validate(change: SystemChange) -> None:
    """:raises Refused: if the program that reads a file rejects it"""
    checkers = {
        "/etc/nftables.conf": ["nft", "--check", "--file"],
        "/etc/docker/daemon.json": ["dockerd", "--validate", "--config-file"],
    }
    for path, checker in checkers.items():
        if path not in change.write:
            continue
        remove_tree(_CHECK)
        write_tree(_CHECK, {"file": change.write[path]})
        try:
            run(*checker, str(_CHECK / "file"))
        except CommandFailed as error:
            raise Refused(f"{path} was rejected: {error}") from error
        finally:
            remove_tree(_CHECK)


def apply(change: SystemChange, state: State) -> list[str]:
    """Writes the files and reloads them. Returns messages about failed reloads; only the firewall's must succeed."""
    touched = [*change.write, *change.remove]
    # Saved first, so that the next run completes an interrupted one.
    state.system_dirty = sorted({*state.system_dirty, *touched})
    state.system = sorted({*state.system, *change.write} - set(change.remove))
    save(state)
    for path in change.remove:
        if path.endswith(".timer"):
            run("systemctl", "disable", "--now", Path(path).name, check=False)
        Path(path).unlink()
    for path, text in change.write.items():
        write_whole(Path(path), text, 0o644)
    complaints = _reload(state.system_dirty)
    state.system_dirty = []
    save(state)
    return complaints


def firewall_is_up() -> bool:
    try:
        run("nft", "list", "table", "inet", "livekit")
    except CommandFailed:
        return False
    return True


def _reload(paths: list[str]) -> list[str]:
    def touched(*prefixes: str) -> bool:
        return any(path.startswith(prefixes) for path in paths)

    if touched("/etc/systemd/system/"):
        run("systemctl", "daemon-reload")
    if touched("/etc/nftables.conf", "/etc/systemd/system/nftables") or not firewall_is_up():
        run("systemctl", "enable", "nftables.service")
        run("systemctl", "reload-or-restart", "nftables.service")
    complaints: list[str] = []
    soft = [
        ("/etc/sysctl.d/", ("sysctl", "--quiet", "--load", SYSCTL)),
        # Containers keep running while the daemon restarts.
        ("/etc/docker/", ("systemctl", "restart", "docker.service")),
        ("/etc/chrony/", ("systemctl", "restart", "chrony.service")),
        ("/etc/systemd/journald", ("systemctl", "restart", "systemd-journald.service")),
        ("/etc/systemd/system/livekit.service", ("systemctl", "enable", "livekit.service")),
        ("/etc/systemd/system/livekit-cert", ("systemctl", "enable", "--now", "livekit-certificate.timer")),
        (_WATCH, ("systemctl", "enable", "--now", "livekit-watch.timer")),
    ]
    for prefix, command in soft:
        if not touched(prefix) or (prefix == _WATCH and not os.path.exists(f"{_WATCH}.timer")):
            continue
        try:
            run(*command)
        except CommandFailed as error:
            complaints.append(f"{prefix} is not applied in full: {error}")
    return complaints


def _read(path: str) -> str | None:
    try:
        return Path(path).read_text()
    except FileNotFoundError:
        return None
