"""The agent's state between runs, in one file that only root can read."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

import layout
from changes import Running
from files import write_whole
from rendering import FileFingerprint, Fingerprints


@dataclass
class InForce:
    """A bundle's digest, and the version of the secrets that it was rendered with."""

    sha256: str
    secrets: str | None = None


@dataclass
class RunningContainer:
    # Start time of its process, as Docker formats it.
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
    # Fingerprints of the live files, by service name.
    live: dict[str, Fingerprints] = field(default_factory=dict)
    # Fingerprints of the last files with which all services were healthy.
    proven: dict[str, Fingerprints] = field(default_factory=dict)
    # When the live files last changed, in seconds since 1970.
    swapped: float = 0.0
    # The last request that must not run twice: its nonce, and the bundle of a rollback.
    one_shot: OneShotRequest | None = None
    # Paths of the machine's own files that come from the current bundle.
    system: list[str] = field(default_factory=list)
    # Paths of files that were written or removed and may not be reloaded yet.
    system_dirty: list[str] = field(default_factory=list)


def load() -> State:
    if not layout.STATE.exists():
        return State()
    # Uses defaults for missing fields: an earlier bundle's program may have written fewer.
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
    """Returns the state under the first release's names, which an earlier bundle's program reads after a rollback."""
    raw = asdict(state)
    raw["once"] = raw.pop("one_shot")
    for container in raw["containers"].values():
        container["taken_up"] = container.pop("applied")
    return raw


def is_done(nonce: str | None) -> bool:
    """Reports whether this request, which must not run twice, has already run."""
    one_shot = load().one_shot
    return one_shot is not None and one_shot.nonce == nonce


def _in_force(raw: dict[str, str] | None) -> InForce | None:
    return None if raw is None else InForce(**raw)


def _fingerprints(raw: dict[str, dict[str, Any]]) -> dict[str, FileFingerprint]:
    return {name: FileFingerprint(**fingerprint) for name, fingerprint in raw.items()}
