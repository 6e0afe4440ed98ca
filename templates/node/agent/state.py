"""What the node remembers between two runs, in one file that is root's alone."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

import layout
from changes import Running
from files import write_whole
from rendering import FileMark, Marks


@dataclass
class InForce:
    """A bundle by its digest, and the version of the secrets that it was rendered with."""

    sha256: str
    secrets: str | None = None


@dataclass
class RunningContainer:
    # When the engine started its process, as the engine writes it.
    started: str
    taken_up: Running


@dataclass
class Once:
    nonce: str
    sha256: str | None = None


@dataclass
class State:
    current: InForce | None = None
    previous: InForce | None = None
    # By service name.
    containers: dict[str, RunningContainer] = field(default_factory=dict)
    # What the live files are made of, by service name.
    live: dict[str, Marks] = field(default_factory=dict)
    # The same as of the last time that all services were healthy with them.
    proven: dict[str, Marks] = field(default_factory=dict)
    # Seconds since 1970 at which the live files last changed.
    swapped: float = 0.0
    # The last request that is not to be done twice, by its nonce, and the bundle that it went back to, if any.
    once: Once | None = None
    # The machine's own files that the bundle in force brought.
    system: list[str] = field(default_factory=list)
    # Those of them that were written and may not have been taken up.
    system_dirty: list[str] = field(default_factory=list)


def load() -> State:
    if not layout.STATE.exists():
        return State()
    # An earlier bundle's program may have written less.
    raw = json.loads(layout.STATE.read_text())
    return State(
        current=_in_force(raw.get("current")),
        previous=_in_force(raw.get("previous")),
        containers={
            name: RunningContainer(
                each["started"], Running(each["taken_up"]["entry"], _marks(each["taken_up"]["files"]))
            )
            for name, each in raw.get("containers", {}).items()
        },
        live={name: _marks(files) for name, files in raw.get("live", {}).items()},
        proven={name: _marks(files) for name, files in raw.get("proven", {}).items()},
        swapped=raw.get("swapped", 0.0),
        once=Once(**raw["once"]) if raw.get("once") else None,
        system=raw.get("system", []),
        system_dirty=raw.get("system_dirty", []),
    )


def save(state: State) -> None:
    write_whole(layout.STATE, json.dumps(asdict(state), indent=1), 0o600)


def is_done(nonce: str | None) -> bool:
    """Whether this request, which is not to be done twice, has been done."""
    once = load().once
    return once is not None and once.nonce == nonce


def _in_force(raw: dict[str, str] | None) -> InForce | None:
    return None if raw is None else InForce(**raw)


def _marks(raw: dict[str, dict[str, Any]]) -> dict[str, FileMark]:
    return {name: FileMark(**mark) for name, mark in raw.items()}
