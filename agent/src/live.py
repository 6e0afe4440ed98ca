"""Replaces the live files, and changes them without a new bundle."""

import time
from dataclasses import replace

import drains
import layout
from aws import Aws
from certificate import KeyPair
from files import read_tree, write_tree
from livekit import participants
from plan import Plan, Say, read_plan
from redaction import Redactor
from rendering import PLACEHOLDER, fingerprints_of, render, service_files
from services import Wanted, apply_changes, pending, record_state, recreate
from serving import wait_certificate
from state import State, load, save
from store import CertificateStore


def place(wanted: Wanted, state: State) -> None:
    """Replaces the live files with the wanted ones."""
    if wanted.texts == read_tree(layout.STACK) and wanted.fingerprints == state.live:
        return
    record_state(wanted.plan, state)
    write_tree(layout.STACK, wanted.texts)
    state.live, state.swapped = dict(wanted.fingerprints), time.time()
    save(state)


def known_passwords(wanted: Wanted) -> list[str]:
    """Returns Redis' new and old passwords: after an interrupted run, Redis may have either."""
    services = wanted.plan.of_kind("redis")
    folders = (layout.STACK, layout.ROLLBACK_SNAPSHOT / "stack")
    paths = [folder / service.name / "password" for service in services for folder in folders]
    return [*(wanted.redis_password() for _ in services), *(path.read_text() for path in paths if path.exists())]


def apply_certificate(plan: Plan, aws: Aws, redactor: Redactor, say: Say) -> KeyPair | None:
    """
    Serves the newest certificate. The issuer also renews it in time.

    :returns: the served certificate; None if none can be served
    """
    state = load()
    store = CertificateStore(aws, plan, say)
    pair = store.renewed(patient=True) if plan.issuer else store.kept_or_served()
    if pair is None:
        return None
    redactor.learn([pair.key])
    wanted = _with_certificate(plan, pair, state)
    if wanted.texts != read_tree(layout.STACK):
        place(wanted, state)
        apply_changes(_of_certificate(wanted), [], state, say)
        state.proven = dict(state.live)
        save(state)
    wait_certificate(plan, pair)
    return pair


def _of_certificate(wanted: Wanted) -> Wanted:
    """Returns the change without services that have no certificate: a drained LiveKit stays down."""
    services = tuple(each for each in wanted.plan.services if "tls.crt" in wanted.fingerprints[each.name])
    return replace(wanted, plan=replace(wanted.plan, services=services))


def _with_certificate(plan: Plan, pair: KeyPair, state: State) -> Wanted:
    """Returns the live files with another certificate."""
    values = pair.values()
    templates = {
        path: text
        for path, text in service_files(layout.CURRENT.resolve()).items()
        if (names := set(PLACEHOLDER.findall(text))) and names <= values.keys()
    }
    fingerprints = {
        service.name: {**state.live[service.name], **fingerprints_of(service.name, templates, values)}
        for service in plan.services
    }
    return Wanted(plan, fingerprints, {**read_tree(layout.STACK), **render(templates, values)}, plan.change.policy)


def apply_deferred(say: Say) -> None:
    """Applies LiveKit's deferred changes if its last call has ended."""
    plan, state = read_plan(layout.CURRENT.resolve()), load()
    wanted = Wanted(plan, state.live, read_tree(layout.STACK), plan.change.policy)
    waiting = pending(wanted, state)
    for service in waiting:
        if participants(service.name) > 0:
            return
        # A drain waits for clients that join at this moment.
        drains.livekit(service, plan, say)
        recreate(service, wanted, state, say)
    layout.PENDING.unlink(missing_ok=True)


def drain(say: Say) -> str:
    """Stops LiveKit after its last call or at the deadline, and leaves it down."""
    plan = read_plan(layout.CURRENT.resolve())
    for service in plan.of_kind("livekit"):
        drains.livekit(service, plan, say)
    return "LiveKit has ended; the next apply starts it again"
