"""Makes running services apply their new files and entries, with as little interruption as possible."""

from collections.abc import Mapping
from dataclasses import dataclass

import docker
import drains
import redis
import turn
from changes import Running, decide, turn_secrets_of
from errors import CommandFailed
from health import wait_healthy
from plan import Plan, Policy, Say, Service
from rendering import Fingerprints, Texts
from rules import Action
from state import RunningContainer, State, save


@dataclass(frozen=True)
class Wanted:
    """The desired state. Its files are already in place."""

    plan: Plan
    # By service name.
    fingerprints: Mapping[str, Fingerprints]
    texts: Texts
    policy: Policy

    def running(self, service: Service) -> Running:
        return Running(service.digest, self.fingerprints[service.name])

    def turn_secrets(self) -> list[str]:
        return [
            line
            for service in self.plan.of_kind("coturn")
            for line in self.texts[f"{service.name}/turn-secrets"].split()
        ]

    def turn_peers(self) -> list[str]:
        """Returns the other nodes' SFU addresses. Without other nodes, the file does not exist."""
        return [
            line
            for service in self.plan.of_kind("coturn")
            for line in self.texts.get(f"{service.name}/turn-peers", "").split()
        ]

    def redis_password(self) -> str:
        [service] = self.plan.of_kind("redis")
        return self.texts[f"{service.name}/password"]


# By service name.
Done = Mapping[str, set[Action]]


def apply_changes(wanted: Wanted, known_passwords: list[str], state: State, say: Say) -> Done:
    """
    Brings every service to the desired state. Each must be healthy before the next is touched.

    :param known_passwords: Redis passwords, of which the running server accepts at least one
    :returns: the actions, by service
    """
    plan = wanted.plan
    actions = {service.name: _decide(service, wanted, state) for service in plan.services}
    everything = set().union(*actions.values())
    if Action.SET_PASSWORD in everything:
        redis.accept_too(plan.ports.redis, known_passwords, wanted.redis_password())
    if Action.SET_TURN_SECRETS in everything:
        turn.accept(plan.turn, wanted.turn_secrets())
    if Action.SET_TURN_PEERS in everything:
        turn.allow_only(plan.turn, wanted.turn_peers())
    if wanted.policy == "drain":
        for service in plan.of_kind("livekit"):
            if Action.RESTART in actions[service.name]:
                drains.livekit(service, plan, say)
    for service in plan.services:
        _carry_out(service, actions[service.name], wanted, state, say)
    if Action.SET_PASSWORD in everything:
        redis.accept_only(plan.ports.redis, [wanted.redis_password()], wanted.redis_password())
    if Action.SET_TURN_SECRETS in everything:
        turn.accept_only(plan.turn, wanted.turn_secrets())
    return actions


def record_state(plan: Plan, state: State) -> None:
    """Records what services that restarted by themselves run with. Must run before the live files change."""
    for service in plan.services:
        container, applied = docker.state_of(service.container), _applied(service, state)
        if container and applied:
            state.containers[service.name] = RunningContainer(container.started, applied)


def pending(wanted: Wanted, state: State) -> list[Service]:
    """Returns LiveKit servers that apply a new TURN secret after their last call ends."""
    return [
        service
        for service in wanted.plan.of_kind("livekit")
        if Action.RESTART_WHEN_EMPTY in _decide(service, wanted, state)
    ]


def recreate(service: Service, wanted: Wanted, state: State, say: Say) -> None:
    """Replaces a service's container and waits until it is healthy."""
    say(f"starting {service.name}")
    docker.recreate(service.name)
    # Recorded even if it turns out unhealthy, because this is what it runs with.
    _remember(service, wanted, state)
    wait_healthy([service])
    if service.kind == "coturn":
        # A healthy Coturn has created its database. LiveKit, the first to use it, starts later.
        turn.accept_only(wanted.plan.turn, wanted.turn_secrets())
        turn.allow_only(wanted.plan.turn, wanted.turn_peers())


def _decide(service: Service, wanted: Wanted, state: State) -> set[Action]:
    relay = turn_secrets_of({each.name: wanted.fingerprints[each.name] for each in wanted.plan.of_kind("coturn")})
    rules = wanted.plan.rules.of(service.kind)
    return decide(rules, _applied(service, state), wanted.running(service), relay)


def _applied(service: Service, state: State) -> Running | None:
    """Returns what the running container has applied; None if none runs."""
    container, known = docker.state_of(service.container), state.containers.get(service.name)
    if container is None or not container.running or known is None:
        return None
    if container.started != known.started and container.started_at > state.swapped:
        # It has restarted by itself since the files changed, so it runs with the live files.
        return Running(known.applied.entry, state.live.get(service.name, {}))
    return known.applied


def _carry_out(service: Service, actions: set[Action], wanted: Wanted, state: State, say: Say) -> None:
    if Action.RESTART in actions:
        together = Action.RESTART in {
            a for each in wanted.plan.of_kind("livekit") for a in _decide(each, wanted, state)
        }
        # If LiveKit is recreated too, the relay has no calls left to drain.
        if service.kind == "coturn" and wanted.policy == "drain" and not together:
            drains.coturn(service, wanted.plan, say)
        recreate(service, wanted, state, say)
        return
    if Action.RELOAD in actions:
        docker.signal(service.container, wanted.plan.rules.of(service.kind).signal)
    if actions and Action.RESTART_WHEN_EMPTY not in actions:
        _remember(service, wanted, state)


def _remember(service: Service, wanted: Wanted, state: State) -> None:
    container = docker.state_of(service.container)
    if container is None:
        raise CommandFailed(f"{service.container} has gone")
    state.containers[service.name] = RunningContainer(container.started, wanted.running(service))
    save(state)
