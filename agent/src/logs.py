"""Sends the end of a service's log to operators, who can't log in to a node."""

import json
import os
import re

import docker
import layout
import state
from aws import Aws
from errors import Refused
from files import read_tree, untouched
from health import health
from plan import Plan, Say, Service
from redaction import Redactor
from report import Reporter
from state import OneShotRequest
from store import read_keys

MOST_LINES = 2000
# Maximum length of the text that is sent. Of a longer log, the end is sent.
MOST_CHARACTERS = 512 * 1024
# Pattern of join tokens. Applications create them, so the node does not know them in advance.
_TOKEN = re.compile(r"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}")
# Control characters, which an operator's terminal would interpret: Coturn logs user names as clients send them.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def send(nonce: str | None, plan: Plan, aws: Aws, redactor: Redactor, reporter: Reporter) -> None:
    """Writes the requested log to the bucket, after the request's nonce."""
    service, lines = _requested(plan)
    _learn(plan, aws, redactor, reporter.working)
    log = clean(docker.log_tail(service.container, lines), redactor)
    aws.put_object(plan.bucket, f"logs/{plan.node}", f"{nonce}\n{log}")
    known = state.load()
    known.one_shot = OneShotRequest(nonce or "")
    with untouched():
        state.save(known)
    _report(plan, service, reporter)


def clean(log: str, redactor: Redactor) -> str:
    """Returns a log without secrets, tokens and control characters, cut to its end at the start of a line."""
    text = _CONTROL.sub("?", _TOKEN.sub("***", redactor.clean(log)))
    return text if len(text) <= MOST_CHARACTERS else text[-MOST_CHARACTERS:].partition("\n")[2]


def _requested(plan: Plan) -> tuple[Service, int]:
    """:raises Refused: if the request names no service of this node, or no valid number of lines"""
    fields = json.loads(os.environ["LIVEKIT_REQUEST"])
    name, lines = fields.get("service"), str(fields.get("lines"))
    service = next((each for each in plan.services if each.kind == name), None)
    if service is None:
        kinds = ", ".join(each.kind for each in plan.services)
        raise Refused(f"{json.dumps(name)} is no service of this node; its services are {kinds}")
    if not lines.isdecimal() or not 1 <= int(lines) <= MOST_LINES:
        raise Refused(f"{lines} lines were requested; allowed are 1 to {MOST_LINES}")
    return service, int(lines)


def _learn(plan: Plan, aws: Aws, redactor: Redactor, say: Say) -> None:
    """Learns every secret of the node: the newest, and those of the current bundle while a change is in progress."""
    say("reading which secrets the log must not show")
    in_force = state.load().current
    for version in {None, in_force.secrets if in_force else None}:
        values = read_keys(aws, plan, version)[0]
        redactor.learn(value for name, value in values.items() if not name.startswith("apiKey."))
    redactor.learn(text for path, text in read_tree(layout.STACK).items() if path.endswith("tls.key"))


def _report(plan: Plan, service: Service, reporter: Reporter) -> None:
    unhealthy = [f"{each.name} is {found}" for each in plan.services if (found := health(each)) != "healthy"]
    if unhealthy:
        reporter.end("failed", f"{', '.join(unhealthy)}. The end of {service.kind}'s log was sent")
    else:
        reporter.end("healthy", f"all services are healthy. The end of {service.kind}'s log was sent")
