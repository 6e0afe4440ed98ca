"""What the node remembers between two runs, in one file that is root's alone."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

import layout
from changes import Running
from files import write_whole
from rendering import FileFingerprint, Fingerprints


@dataclass
class InForce:
    """A bundle by its digest, and the version of the secrets that it was rendered with."""

    sha256: str
    secrets: str | None = None


@dataclass
class RunningContainer:
    # When the engine started its process, as the engine writes it.
    started: str
    applied: Running


@dataclass
class OneShotRequest:
    nonce: str
    sha256: str | None = None


@dataclass
class State:
    current: InForce | None = None
    previous: InForce | None = None
    # By service name.
    containers: dict[str, RunningContainer] = field(default_factory=dict)
    # What the live files are made of, by service name.
    live: dict[str, Fingerprints] = field(default_factory=dict)
    # The same as of the last time that all services were healthy with them.
    proven: dict[str, Fingerprints] = field(default_factory=dict)
    # Seconds since 1970 at which the live files last changed.
    swapped: float = 0.0
    # The last request that is not to be done twice, by its nonce, and the bundle that it went back to, if any.
    one_shot: OneShotRequest | None = None
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
                each["started"], Running(each["taken_up"]["entry"], _fingerprints(each["taken_up"]["files"]))
            )
            for name, each in raw.get("containers", {}).items()
        },
        live={name: _fingerprints(files) for name, files in raw.get("live", {}).items()},
        proven={name: _fingerprints(files) for name, files in raw.get("proven", {}).items()},
        swapped=raw.get("swapped", 0.0),
        one_shot=OneShotRequest(**raw["once"]) if raw.get("once") else None,
        system=raw.get("system", []),
        system_dirty=raw.get("system_dirty", []),
    )


def save(state: State) -> None:
    write_whole(layout.STATE, json.dumps(_stored(state), indent=1), 0o600)


def _stored(state: State) -> dict[str, Any]:
    """The stored names are those of the first release: after a rollback, the program of an earlier bundle reads them."""
    raw = asdict(state)
    raw["once"] = raw.pop("one_shot")
    for container in raw["containers"].values():
        container["taken_up"] = container.pop("applied")
    return raw


def is_done(nonce: str | None) -> bool:
    """Whether this request, which is not to be done twice, has been done."""
    one_shot = load().one_shot
    return one_shot is not None and one_shot.nonce == nonce


def _in_force(raw: dict[str, str] | None) -> InForce | None:
    return None if raw is None else InForce(**raw)


def _fingerprints(raw: dict[str, dict[str, Any]]) -> dict[str, FileFingerprint]:
    return {name: FileFingerprint(**fingerprint) for name, fingerprint in raw.items()}
