"""TLS certificates: when to renew them, and which are valid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from errors import Refused
from rules import Renewal


@dataclass(frozen=True)
class KeyPair:
    """A certificate chain, the server's own first, and its private key, both PEM."""

    chain: str
    key: str

    @property
    def leaf(self) -> x509.Certificate:
        return x509.load_pem_x509_certificates(self.chain.encode())[0]

    def days_left(self, now: datetime | None = None) -> float:
        return (self.leaf.not_valid_after_utc - (now or datetime.now(UTC))).total_seconds() / 86_400

    def renewal_left(self, renewal: Renewal, now: datetime | None = None) -> float:
        """Returns the share of the renewal period that is left: 1 until renewal is due, 0 at expiry."""
        lifetime = (self.leaf.not_valid_after_utc - self.leaf.not_valid_before_utc).total_seconds() / 86_400
        return min(1.0, max(0.0, self.days_left(now) / renewal.due(lifetime)))

    def values(self) -> dict[str, str]:
        """Returns the texts by placeholder."""
        return {"certificate.chain": self.chain, "certificate.key": self.key}


def check(pair: KeyPair, names: Sequence[str], now: datetime | None = None) -> None:
    """:raises Refused: unless certificate and key match, cover every name and are valid now"""
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
    """Reports whether a pattern covers a name. A wildcard matches one label; only itself covers a wildcard."""
    if pattern == name:
        return True
    label, _, rest = name.partition(".")
    return label != "*" and pattern == f"*.{rest}"


def _public_bytes(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
