"""Applies a bundle: validates all of it before it replaces any file, and rolls back if a step fails."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import docker
import layout
import leftovers
import system
from aws import Aws
from certificate import KeyPair
from commands import run
from errors import CommandFailed, Refused, Unhealthy
from files import point, read_tree, remove_tree, require_room, untouched, write_tree
from health import wait_healthy
from live import known_passwords, place
from plan import Plan, Say, read_plan
from redaction import Redactor
from rendering import Fingerprints, Values, fingerprints_of, render, service_files
from rules import Action, Rules
from services import Done, Wanted, apply_changes, pending
from serving import wait_certificate
from state import InForce, State, load, save
from store import CertificateStore, read_keys
from validate import validate_files

_REPORTS = {
    Action.RESTART: "restarted",
    Action.RELOAD: "has read its files again",
    Action.SET_TURN_SECRETS: "takes other TURN secrets",
    Action.SET_TURN_PEERS: "relays to other nodes",
    Action.SET_PASSWORD: "takes another password",
}


@dataclass(frozen=True)
class Rendering:
    """A bundle with its secrets filled in."""

    folder: Path
    plan: Plan
    texts: Mapping[str, str]
    # By service name.
    fingerprints: Mapping[str, Fingerprints]
    secrets_version: str
    certificate: KeyPair


def apply(folder: Path, secrets_version: str | None, aws: Aws, redactor: Redactor, say: Say) -> tuple[str, KeyPair]:
    """
    Applies the bundle in a folder.

    :returns: a description of what was done, and the certificate that is served
    :raises Refused: if the services still run as before
    :raises Unhealthy, CommandFailed: if there is no earlier state to roll back to
    """
    plan = read_plan(folder)
    with untouched():
        rendering = _render(folder, plan, secrets_version, aws, redactor, say)
        state = load()
        change = system.compare(system.wanted_files(folder), state.system)
        system.validate(change)
        validate_files(plan, rendering.texts, say)
        require_room(layout.ROOT)
        _keep_before(state)
    try:
        complaints = system.apply(change, state)
        actions = _bring_up(_wanted(rendering), rendering.certificate, state, say)
    except (CommandFailed, Unhealthy, OSError) as error:
        if state.current is None:
            raise
        say(f"taking back what was changed: {error}")
        _take_back(state, plan.rules, say)
        raise Refused(f"{error}\nThe bundle before it serves again.") from error
    _commit(rendering, state)
    return _summary(actions, _wanted(rendering), state, complaints), rendering.certificate


def _render(folder: Path, plan: Plan, version: str | None, aws: Aws, redactor: Redactor, say: Say) -> Rendering:
    keys, version = read_keys(aws, plan, version)
    redactor.learn(value for name, value in keys.items() if not name.startswith("apiKey."))
    certificate = CertificateStore(aws, plan, say).obtain()
    redactor.learn([certificate.key])
    values: Values = {**keys, **certificate.values()}
    templates = service_files(folder)
    texts = render(templates, values)
    fingerprints = {service.name: fingerprints_of(service.name, templates, values) for service in plan.services}
    return Rendering(folder, plan, texts, fingerprints, version, certificate)


def _wanted(rendering: Rendering) -> Wanted:
    return Wanted(rendering.plan, rendering.fingerprints, rendering.texts, rendering.plan.change.policy)


def _bring_up(wanted: Wanted, certificate: KeyPair | None, state: State, say: Say) -> Done:
    passwords = known_passwords(wanted)
    place(wanted, state)
    actions = apply_changes(wanted, passwords, state, say)
    # Removes services that the plan no longer has. Untouched services already run.
    docker.compose("up", "--detach", "--no-recreate", "--remove-orphans")
    # A service that drained before a reboot has started again, but without its restart policy.
    docker.keep_up([service.container for service in wanted.plan.services])
    wait_healthy(wanted.plan.services)
    if certificate:
        wait_certificate(wanted.plan, certificate)
    return actions


def _keep_before(state: State) -> None:
    """Keeps a snapshot of the live files until the change is healthy. An interrupted run's snapshot stays."""
    if layout.ROLLBACK_SNAPSHOT.exists() or state.current is None:
        return
    part = layout.ROLLBACK_SNAPSHOT.with_name(".before.part")
    remove_tree(part)
    write_tree(part / "system", {path.lstrip("/"): text for path, text in system.snapshot(state.system).items()})
    shutil.copytree(layout.STACK, part / "stack")
    part.rename(layout.ROLLBACK_SNAPSHOT)


def _take_back(state: State, rules: Rules, say: Say) -> None:
    """Rolls back to the current bundle, without a drain: calls on what failed are already lost."""
    assert state.current is not None
    plan = read_plan(layout.BUNDLES / state.current.sha256, rules)
    before = {f"/{path}": text for path, text in read_tree(layout.ROLLBACK_SNAPSHOT / "system").items()}
    system.apply(system.compare(before, state.system), state)
    wanted = Wanted(plan, state.proven, read_tree(layout.ROLLBACK_SNAPSHOT / "stack"), "restart")
    _bring_up(wanted, None, state, say)
    remove_tree(layout.ROLLBACK_SNAPSHOT)


def _commit(rendering: Rendering, state: State) -> None:
    """Makes the bundle the current one."""
    sha256 = rendering.folder.name
    if state.current and state.current.sha256 != sha256:
        state.previous = state.current
    state.current = InForce(sha256, rendering.secrets_version)
    state.proven = dict(rendering.fingerprints)
    save(state)
    point(layout.CURRENT, rendering.folder)
    if state.previous:
        point(layout.PREVIOUS, layout.BUNDLES / state.previous.sha256)
    remove_tree(layout.ROLLBACK_SNAPSHOT)
    leftovers.remove([each.sha256 for each in (state.current, state.previous) if each], rendering.plan.rules)
    # Once started, this unit stops the services in order when the machine shuts down.
    run("systemctl", "start", "livekit.service", check=False)
    # Sends a monitored node's first metrics: its alarms treat missing data as a failure. Other nodes lack this unit.
    run("systemctl", "start", "livekit-watch.service", check=False)


def _summary(done: Done, wanted: Wanted, state: State, complaints: list[str]) -> str:
    waiting = pending(wanted, state)
    if waiting:
        layout.PENDING.touch()
    else:
        layout.PENDING.unlink(missing_ok=True)
    touched = [
        f"{service}: {', '.join(sorted(_REPORTS[action] for action in actions - {Action.RESTART_WHEN_EMPTY}))}"
        for service, actions in done.items()
        if actions - {Action.RESTART_WHEN_EMPTY}
    ]
    later = [f"{service.name}: applies the new TURN secret after its last call ends" for service in waiting]
    return "\n".join([*(touched or ["no running service had to be touched"]), *later, *complaints])
