"""What the program can be asked to do, and how it answers."""

import sys
from pathlib import Path

import live
import state
from apply import apply
from aws import Aws, AwsError
from certificate import KeyPair
from faults import Unhealthy
from plan import Plan
from redaction import Redactor
from report import Reporter
from store import served_pair


def run(
    folder: Path, plan: Plan, verb: str, secrets: str | None, aws: Aws, redactor: Redactor, reporter: Reporter
) -> None:
    say = reporter.working
    match verb:
        case "apply" | "resume":
            version = secrets or (_secrets_of(folder) if verb == "resume" else None)
            text, pair = apply(folder, version, aws, redactor, say)
            _measure(plan, pair, aws)
            reporter.end("healthy", text)
        case "drain":
            reporter.end("drained", live.drain(say))
        case "settle":
            live.settle(say)
        case "certificate":
            _certificate(plan, aws, redactor, reporter)


def _secrets_of(folder: Path) -> str | None:
    """The version of the secrets that a bundle was in force with."""
    known = state.load()
    return next((each.secrets for each in (known.current, known.previous) if each and each.sha256 == folder.name), None)


def _certificate(plan: Plan, aws: Aws, redactor: Redactor, reporter: Reporter) -> None:
    pair = served_pair(plan.certificate.names)
    try:
        pair = live.take_up_certificate(plan, aws, redactor, reporter.working)
    finally:
        # Whatever went wrong: how long the one in use still lasts is what the alarm needs.
        _measure(plan, pair, aws)
    if pair is None:
        raise Unhealthy("there is no certificate that can be served")


def _measure(plan: Plan, pair: KeyPair | None, aws: Aws) -> None:
    """Tells CloudWatch how many days are left. That it can't be told breaks nothing."""
    days = max(0.0, pair.days_left()) if pair else 0.0
    try:
        aws.put_metric(plan.metrics_namespace, "CertificateDaysLeft", plan.node, days)
    except AwsError as error:
        print(f"CloudWatch was not told of the certificate's {days:.0f} days: {error}", file=sys.stderr, flush=True)
