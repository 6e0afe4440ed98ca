"""Runs the agent's verbs and reports their results."""

import sys
from dataclasses import dataclass
from pathlib import Path

import live
import logs
import maintenance
import own_puller
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
    # None if no operator's command waits for an answer.
    nonce: str | None
    # The version of the keys to apply.
    secrets: str | None


def run(request: Request, folder: Path, plan: Plan, aws: Aws, redactor: Redactor, reporter: Reporter) -> None:
    say = reporter.working
    match request.verb:
        case "apply" | "resume":
            version = request.secrets or (_secrets_of(folder) if request.verb == "resume" else None)
            # A rollback keeps the newer puller, which earlier agents work with.
            _apply(folder, plan, version, aws, redactor, reporter, with_puller=request.verb == "apply")
        case "maintain":
            if not state.is_done(request.nonce):
                maintenance.restart(request.nonce, plan, say)
            _apply(folder, plan, _secrets_of(folder), aws, redactor, reporter)
        case "logs":
            # If this request is done, the machine has restarted and the puller repeats it: applies the current bundle
            # instead.
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


def _apply(
    folder: Path,
    plan: Plan,
    version: str | None,
    aws: Aws,
    redactor: Redactor,
    reporter: Reporter,
    with_puller: bool = False,
) -> None:
    text, pair = apply(folder, version, aws, redactor, reporter.working)
    changed = with_puller and own_puller.install(folder)
    _measure(plan, pair, aws)
    reporter.end("healthy", text)
    if changed:
        own_puller.restart()


def _secrets_of(folder: Path) -> str | None:
    """Returns the version of the secrets with which a bundle was current."""
    known = state.load()
    return next((each.secrets for each in (known.current, known.previous) if each and each.sha256 == folder.name), None)


def _certificate(plan: Plan, aws: Aws, redactor: Redactor, reporter: Reporter) -> None:
    pair = served_pair(plan.certificate.names)
    try:
        pair = live.apply_certificate(plan, aws, redactor, reporter.working)
    finally:
        # Also runs after an error, because the alarm needs the remaining time of the certificate in use.
        _measure(plan, pair, aws)
    if pair is None:
        raise Unhealthy("this node has no valid certificate to serve")


def _measure(plan: Plan, pair: KeyPair | None, aws: Aws) -> None:
    """
    Sends CloudWatch the percentage of the renewal period that is left, which is comparable for lifetimes of 90 days and
    of 6. An error here has no effect on services.
    """
    percent = 100 * pair.renewal_left(plan.rules.renewal) if pair else 0.0
    try:
        aws.put_metrics(plan.metrics_namespace, plan.node, {"CertificateRenewalPercentLeft": percent})
    except AwsError as error:
        print(f"CloudWatch has no metric of the certificate's {percent:.0f}%: {error}", file=sys.stderr, flush=True)
