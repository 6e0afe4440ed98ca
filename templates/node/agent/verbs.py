"""What the program can be asked to do, and how it answers."""

import sys
from dataclasses import dataclass
from pathlib import Path

import live
import logs
import maintenance
import state
from apply import apply
from aws import Aws, AwsError
from certificate import KeyPair
from errors import Refused, Unhealthy
from plan import Plan
from redaction import Redactor
from report import Reporter
from store import served_pair

VERBS = ("apply", "resume", "rollback", "drain", "maintain", "logs", "certificate", "settle")


@dataclass(frozen=True)
class Request:
    verb: str
    # Nothing where nobody waits for an answer.
    nonce: str | None
    # The version of the keys to apply.
    secrets: str | None


def run(request: Request, folder: Path, plan: Plan, aws: Aws, redactor: Redactor, reporter: Reporter) -> None:
    say = reporter.working
    match request.verb:
        case "apply" | "resume":
            version = request.secrets or (_secrets_of(folder) if request.verb == "resume" else None)
            _apply(folder, plan, version, aws, redactor, reporter)
        case "maintain":
            if not state.is_done(request.nonce):
                maintenance.restart(request.nonce, plan, say)
            _apply(folder, plan, _secrets_of(folder), aws, redactor, reporter)
        case "logs":
            # Read again, as at each start of the machine: the bundle in force is applied.
            if state.is_done(request.nonce):
                _apply(folder, plan, _secrets_of(folder), aws, redactor, reporter)
            else:
                logs.send(request.nonce, plan, aws, redactor, reporter)
        case "drain":
            reporter.end("drained", live.drain(say))
        case "settle":
            live.apply_deferred(say)
        case "certificate":
            _certificate(plan, aws, redactor, reporter)
        case other:
            raise Refused(f"unknown request {other}: this bundle's program knows {', '.join(VERBS)}")


def _apply(folder: Path, plan: Plan, version: str | None, aws: Aws, redactor: Redactor, reporter: Reporter) -> None:
    text, pair = apply(folder, version, aws, redactor, reporter.working)
    _measure(plan, pair, aws)
    reporter.end("healthy", text)


def _secrets_of(folder: Path) -> str | None:
    """The version of the secrets that a bundle was in force with."""
    known = state.load()
    return next((each.secrets for each in (known.current, known.previous) if each and each.sha256 == folder.name), None)


def _certificate(plan: Plan, aws: Aws, redactor: Redactor, reporter: Reporter) -> None:
    pair = served_pair(plan.certificate.names)
    try:
        pair = live.apply_certificate(plan, aws, redactor, reporter.working)
    finally:
        # Whatever went wrong: what time is left to the one in use is what the alarm needs.
        _measure(plan, pair, aws)
    if pair is None:
        raise Unhealthy("there is no certificate that can be served")


def _measure(plan: Plan, pair: KeyPair | None, aws: Aws) -> None:
    """
    Tells CloudWatch how much is left of the time for a renewal, which means the same of a life of 90 days and of 6. That it
    can't be told breaks nothing.
    """
    percent = 100 * pair.renewal_left() if pair else 0.0
    try:
        aws.put_metrics(plan.metrics_namespace, plan.node, {"CertificateRenewalPercentLeft": percent})
    except AwsError as error:
        print(f"CloudWatch was not told of the certificate's {percent:.0f}%: {error}", file=sys.stderr, flush=True)
