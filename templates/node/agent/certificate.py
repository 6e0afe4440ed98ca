"""TLS certificates: which are taken, and how one is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from errors import Refused

# Before its end a certificate is asked for anew: this many days, but no more than a third of its life, or half of one of
# a few days (as certbot 4 does, and Let's Encrypt asks for lives of 45 days and of 6).
_RENEWAL_DAYS = 30
_FEW_DAYS = 10


@dataclass(frozen=True)
class KeyPair:
    """A chain, the server's own certificate first, and its private key, both PEM."""

    chain: str
    key: str

    @property
    def leaf(self) -> x509.Certificate:
        return x509.load_pem_x509_certificates(self.chain.encode())[0]

    def days_left(self, now: datetime | None = None) -> float:
        return (self.leaf.not_valid_after_utc - (now or datetime.now(UTC))).total_seconds() / 86_400

    def renewal_left(self, now: datetime | None = None) -> float:
        """The part that is left of the time in which it is to be renewed: 1 until that is due, 0 at its end."""
        lifetime = (self.leaf.not_valid_after_utc - self.leaf.not_valid_before_utc).total_seconds() / 86_400
        due = min(_RENEWAL_DAYS, lifetime / (3 if lifetime >= _FEW_DAYS else 2))
        return min(1.0, max(0.0, self.days_left(now) / due))

    def values(self) -> dict[str, str]:
        """By placeholder."""
        return {"certificate.chain": self.chain, "certificate.key": self.key}


def check(pair: KeyPair, names: Sequence[str], now: datetime | None = None) -> None:
    """:raises Refused: unless the pair belongs together, covers every name and is valid now"""
    now = now or datetime.now(UTC)
    try:
        leaf = pair.leaf
        key = serialization.load_pem_private_key(pair.key.encode(), password=None)
    except (ValueError, IndexError) as error:
        raise Refused("the certificate or its key is no PEM that can be read") from error
    if _public_bytes(leaf.public_key()) != _public_bytes(key.public_key()):
        raise Refused("the certificate does not belong to its key")
    uncovered = [name for name in names if not any(_covers(each, name) for each in _alternative_names(leaf))]
    if uncovered:
        raise Refused(f"the certificate does not cover {', '.join(uncovered)}")
    if not leaf.not_valid_before_utc <= now < leaf.not_valid_after_utc:
        raise Refused(
            f"the certificate is valid from {leaf.not_valid_before_utc} to {leaf.not_valid_after_utc}, and it is {now}"
        )


def _alternative_names(leaf: x509.Certificate) -> list[str]:
    try:
        extension = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    return extension.value.get_values_for_type(x509.DNSName)


def _covers(pattern: str, name: str) -> bool:
    """A wildcard stands for one label; a wanted wildcard is covered by itself alone."""
    if pattern == name:
        return True
    label, _, rest = name.partition(".")
    return label != "*" and pattern == f"*.{rest}"


def _public_bytes(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
