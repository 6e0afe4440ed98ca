"""Decides the smallest action with which a running service applies its new files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from plan import Kind
from rendering import FileFingerprint, Fingerprints


class Action(Enum):
    # A new container, which loses the old one's calls and state.
    RECREATE = "started anew"
    # nginx reads its files again.
    RELOAD = "has read its files again"
    # Coturn reads its certificate again.
    RELOAD_CERTIFICATE = "has read its certificate again"
    # Coturn's database gets other secrets.
    CHANGE_TURN_SECRETS = "takes other TURN secrets"
    # Coturn's database gets other allowed peers.
    CHANGE_TURN_PEERS = "relays to other nodes"
    # Redis gets another password.
    CHANGE_PASSWORD = "takes another password"
    # LiveKit is recreated after its last call ends.
    RECREATE_WHEN_EMPTY = "to be started anew once no call is left"


@dataclass(frozen=True)
class Running:
    """What a container was started with, or has applied since."""

    # Digest of its entry in compose.yaml.
    entry: str
    files: Fingerprints = field(default_factory=dict)


def decide(kind: Kind, running: Running | None, wanted: Running, turn_secrets: frozenset[str]) -> set[Action]:
    """
    Returns the actions that bring a service from its running to its wanted state.

    :param running: None if no container of the service runs
    :param turn_secrets: digests of the TURN secrets that the relay will accept
    """
    if running is None or running.entry != wanted.entry:
        return {Action.RECREATE}
    changed = {
        name for name in running.files.keys() | wanted.files.keys() if running.files.get(name) != wanted.files.get(name)
    }
    actions = {_action(kind, name, running.files.get(name), wanted.files.get(name), turn_secrets) for name in changed}
    return {Action.RECREATE} if Action.RECREATE in actions else actions


def _action(
    kind: Kind, name: str, before: FileFingerprint | None, after: FileFingerprint | None, turn_secrets: frozenset[str]
) -> Action:
    match kind, name:
        case "nginx", _:
            return Action.RELOAD
        case "coturn", "tls.crt" | "tls.key":
            return Action.RELOAD_CERTIFICATE
        case "coturn", "turn-secrets":
            return Action.CHANGE_TURN_SECRETS
        case "coturn", "turn-peers":
            return Action.CHANGE_TURN_PEERS
        case "redis", _ if _only_secrets(before, after):
            return Action.CHANGE_PASSWORD
        # No call has to end while the relay accepts both the old and the new secret.
        case "livekit", "turn-secret" if before and turn_secrets.issuperset(before.secrets.values()):
            return Action.RECREATE_WHEN_EMPTY
        case _:
            return Action.RECREATE


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
