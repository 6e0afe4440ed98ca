"""Tests the validation of certificates. Needs Python's cryptography."""

import unittest
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from certificate import KeyPair, check
from errors import Refused
from tests.stack_rules import RULES

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = ("example.com", "*.example.com")


def pair(names=NAMES, days=90.0, age=1.0, other_key=False) -> KeyPair:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=age))
        .not_valid_after(NOW + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(each) for each in names]), critical=False)
        .sign(key, hashes.SHA256())
    )
    shown = ec.generate_private_key(ec.SECP256R1()) if other_key else key
    encoded = shown.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return KeyPair(certificate.public_bytes(serialization.Encoding.PEM).decode(), encoded.decode())


class Certificates(unittest.TestCase):
    def test_accepts_a_valid_certificate(self):
        good = pair()
        check(good, NAMES, NOW)
        self.assertAlmostEqual(good.days_left(NOW), 90.0)

    def test_renewal_is_due_in_time_for_every_lifetime(self):
        for life, due in [(365, 30), (90, 30), (45, 15), (10, 10 / 3), (6, 3)]:
            for left, share in [(life, 1), (due, 1), (due * 0.99, 0.99), (due * 0.7, 0.7), (0.0001, 0), (-1, 0)]:
                with self.subTest(life=life, left=left):
                    found = pair(days=left, age=life - left).renewal_left(RULES.renewal, NOW)
                    self.assertAlmostEqual(found, share, places=3)
                    self.assertEqual(found == 1, left >= due)

    def test_a_wildcard_covers_one_label(self):
        check(pair(), ("livekit.example.com",), NOW)
        with self.assertRaisesRegex(Refused, "does not cover a.b.example.com"):
            check(pair(), ("a.b.example.com",), NOW)

    def test_rejects_invalid_certificates(self):
        for name, bad, why in [
            ("another key", pair(other_key=True), "does not belong to its key"),
            ("another name", pair(names=("example.com",)), r"does not cover \*\.example\.com"),
            ("expired", pair(days=-0.1), "is valid from"),
            ("not yet valid", pair(age=-1), "is valid from"),
            ("no certificate", KeyPair("", pair().key), "can be read"),
            ("no key", KeyPair(pair().chain, "-----BEGIN"), "can be read"),
        ]:
            with self.subTest(name), self.assertRaisesRegex(Refused, why):
                check(bad, NAMES, NOW)


if __name__ == "__main__":
    unittest.main()
