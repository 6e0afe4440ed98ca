"""The stack's secrets: its keys, and the certificate that one node requests and all nodes serve."""

import json
import time
from collections.abc import Sequence

import layout
from aws import Aws
from certificate import KeyPair, check
from errors import Refused
from issue import issue, paused
from plan import Plan, Say
from rendering import Values

# Seconds that a new node waits for the first certificate from the issuer, the node that requests certificates.
WAIT_SECONDS = 900
WAIT_STEP_SECONDS = 10


def read_keys(aws: Aws, plan: Plan, version: str | None) -> tuple[Values, str]:
    """Returns the keys by placeholder, and their version."""
    found = aws.secret(plan.keys_secret, version)
    if found is None:
        raise Refused(f"the secret {plan.keys_secret} has no version {version or ''}: run pulumi up again")
    values = json.loads(found.text)
    unfit = [name for name, value in values.items() if not isinstance(value, str) or set(value) & set("\r\n\0\"'\\")]
    if unfit:
        raise Refused(f"{plan.keys_secret}: values must not hold quotes, backslashes, line breaks: {', '.join(unfit)}")
    return values, found.version


class CertificateStore:
    def __init__(self, aws: Aws, plan: Plan, say: Say) -> None:
        self._aws, self._plan, self._say = aws, plan, say

    def obtain(self) -> KeyPair:
        """Returns the certificate to serve. The issuer requests a missing or expiring one; other nodes wait for it."""
        if self._plan.issuer:
            return self.renewed()
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            pair = self._kept() or self._served()
            if pair:
                return pair
            if time.monotonic() > deadline:
                name = self._plan.certificate_secret
                raise Refused(f"{name} holds no valid certificate: see the journal of the node that requests it")
            self._say("waiting for the certificate, which another node requests")
            time.sleep(WAIT_STEP_SECONDS)

    def renewed(self, patient: bool = False) -> KeyPair:
        """
        Returns the issuer's certificate: the stored one, or a new one if renewal is due. If the CA issues none, the old
        one stays in use. A certificate that is served but no longer stored is stored again.

        :param patient: whether to pause after a failure
        """
        pair = self._kept() or self._kept_again()
        if pair and pair.renewal_left(self._plan.rules.renewal) == 1:
            return pair
        if pair and patient and paused():
            return pair
        self._say(f"requesting a certificate from {self._plan.certificate.directory_url}")
        try:
            made = issue(self._plan.certificate, self._plan.region, self._plan.rules.renewal)
        except Refused as error:
            if pair is None:
                raise
            self._say(f"the certificate of {pair.days_left():.0f} more days stays in use: {error}")
            return pair
        self._keep(made)
        return made

    def kept_or_served(self) -> KeyPair | None:
        return self._kept() or self._served()

    def _keep(self, pair: KeyPair) -> None:
        self._aws.put_secret(self._plan.certificate_secret, json.dumps({"chain": pair.chain, "key": pair.key}))

    def _kept_again(self) -> KeyPair | None:
        pair = self._served()
        if pair:
            self._say(f"{self._plan.certificate_secret} has no certificate: the one in use is put back")
            self._keep(pair)
        return pair

    def _kept(self) -> KeyPair | None:
        """Returns the certificate in Secrets Manager if it can be served."""
        found = self._aws.secret(self._plan.certificate_secret)
        if found is None:
            return None
        try:
            raw = json.loads(found.text)
            return self._checked(KeyPair(raw["chain"], raw["key"]))
        except (ValueError, KeyError, TypeError, Refused) as error:
            self._say(f"the certificate in {self._plan.certificate_secret} is not taken: {error}")
            return None

    def _served(self) -> KeyPair | None:
        return served_pair(self._plan.certificate.names)

    def _checked(self, pair: KeyPair) -> KeyPair:
        check(pair, self._plan.certificate.names)
        return pair


def served_pair(names: Sequence[str]) -> KeyPair | None:
    """Returns the certificate in use if it is still valid."""
    folder = layout.STACK / "nginx"
    try:
        pair = KeyPair((folder / "tls.crt").read_text(), (folder / "tls.key").read_text())
        check(pair, names)
    except (OSError, Refused):
        return None
    return pair
