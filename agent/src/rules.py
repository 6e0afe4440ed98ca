"""Rules that the stack declares for its nodes: how services apply changed files, and when certificates are renewed."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Action(Enum):
    """What makes a running service apply a change, under the names in plan.json (`model/file-effects.ts`)."""

    # A new container, which loses the old one's calls and state.
    RESTART = "restart"
    # LiveKit restarts after its last call ends.
    RESTART_WHEN_EMPTY = "restartWhenEmpty"
    # The service receives a signal and reads its files again.
    RELOAD = "reload"
    # Coturn's database gets other secrets.
    SET_TURN_SECRETS = "setTurnSecrets"
    # Coturn's database gets other allowed peers.
    SET_TURN_PEERS = "setTurnPeers"
    # Redis gets another password.
    SET_PASSWORD = "setPassword"


@dataclass(frozen=True)
class KindRules:
    """Rules of one kind of service."""

    # By file name. `*` stands for every other file.
    files: Mapping[str, Action]
    # The signal that makes the service reload its files; empty if it can't.
    signal: str = ""

    def action(self, file: str) -> Action:
        """Returns the action for a changed, added or removed file."""
        return self.files.get(file) or self.files.get("*") or Action.RESTART


@dataclass(frozen=True)
class Renewal:
    """When a certificate is due for renewal (`model/certificate-renewal.ts`)."""

    days: float
    few_days: float
    divisor: float
    few_days_divisor: float

    def due(self, lifetime: float) -> float:
        """Returns how many days before expiry a certificate is due."""
        return min(self.days, lifetime / (self.divisor if lifetime >= self.few_days else self.few_days_divisor))


@dataclass(frozen=True)
class Rules:
    # By kind of service.
    kinds: Mapping[str, KindRules]
    renewal: Renewal

    def of(self, kind: str) -> KindRules:
        return self.kinds.get(kind, KindRules({}))


def read_rules(raw: Mapping[str, Any]) -> Rules:
    """Reads the rules in a plan."""
    renewal = raw["renewal"]
    return Rules(
        kinds={
            kind: KindRules({file: Action(effect) for file, effect in each["files"].items()}, each.get("signal", ""))
            for kind, each in raw["files"].items()
        },
        renewal=Renewal(renewal["days"], renewal["fewDays"], renewal["divisor"], renewal["fewDaysDivisor"]),
    )
