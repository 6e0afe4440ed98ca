"""Decides the smallest action with which a running service applies its new files."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rendering import FileFingerprint, Fingerprints
from rules import Action, KindRules


@dataclass(frozen=True)
class Running:
    """What a container was started with, or has applied since."""

    # Digest of the service's entry in compose.yaml.
    entry: str
    files: Fingerprints = field(default_factory=dict)


def decide(rules: KindRules, running: Running | None, wanted: Running, turn_secrets: frozenset[str]) -> set[Action]:
    """
    Returns the actions that bring a service from its running to its wanted state.

    :param rules: the rules of the service's kind
    :param running: None if no container of the service runs
    :param turn_secrets: digests of the TURN secrets that the relay will accept
    """
    if running is None or running.entry != wanted.entry:
        return {Action.RESTART}
    changed = {
        name for name in running.files.keys() | wanted.files.keys() if running.files.get(name) != wanted.files.get(name)
    }
    actions = {
        _possible(rules.action(name), running.files.get(name), wanted.files.get(name), turn_secrets) for name in changed
    }
    return {Action.RESTART} if Action.RESTART in actions else actions


def _possible(
    action: Action, before: FileFingerprint | None, after: FileFingerprint | None, turn_secrets: frozenset[str]
) -> Action:
    """Returns a file's action, or a restart if the change is more than the action can apply."""
    match action:
        case Action.SET_PASSWORD if not _only_secrets(before, after):
            return Action.RESTART
        # A call has to end unless the relay accepts both the old and the new secret.
        case Action.RESTART_WHEN_EMPTY if before is None or not turn_secrets.issuperset(before.secrets.values()):
            return Action.RESTART
        case _:
            return action


def _only_secrets(before: FileFingerprint | None, after: FileFingerprint | None) -> bool:
    return before is not None and after is not None and before.template == after.template


def turn_secrets_of(fingerprints: Mapping[str, Fingerprints]) -> frozenset[str]:
    """Returns digests of the TURN secrets in all services' files."""
    return frozenset(
        digest
        for files in fingerprints.values()
        for fingerprint in files.values()
        for name, digest in fingerprint.secrets.items()
        if name.startswith("turnSecret.")
    )
