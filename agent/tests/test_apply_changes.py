"""Tests the order in which services apply a change, with the engine, Redis and the database in one list."""

import unittest
from unittest import mock

import services
from changes import Running
from docker import ContainerState
from errors import Unhealthy
from plan import Certificate, Change, Plan, Ports, Service, Turn
from rendering import FileFingerprint
from services import Wanted, apply_changes, pending
from state import RunningContainer, State
from tests.stack_rules import RULES

STARTED = "2026-01-01T00:00:00.123456789Z"
KINDS = {"livekit-redis": "redis", "coturn": "coturn", "livekit": "livekit", "nginx": "nginx"}


def plan(policy: str) -> Plan:
    return Plan(
        node="euc1-1",
        region="eu-central-1",
        home="eu-central-1",
        bucket="bucket",
        keys_secret="keys",
        certificate_secret="certificate",
        issuer=True,
        certificate=Certificate(("example.com",), "", "https://acme.example.com"),
        change=Change(policy, 900),
        packages=(),
        services=tuple(Service(name, kind, f"{kind}:1", f"lab-{name}", "entry") for name, kind in KINDS.items()),
        turn=Turn("turn.example.com", "lab-coturn-data", "turndb"),
        ports=Ports(7880, 443, 5349, 6379),
        metrics_namespace="LiveKit/lab",
        rules=RULES,
    )


def fingerprints(password="1", turn=("1",), certificate="1", turnserver="a", peers=""):
    def fingerprint(template, **secrets):
        return FileFingerprint(template, {name.replace("_", "."): value for name, value in secrets.items()})

    return {
        "livekit-redis": {
            "redis.conf": fingerprint("r", redisPassword=password),
            "password": fingerprint("p", redisPassword=password),
        },
        "coturn": {
            "turnserver.conf": fingerprint(turnserver),
            "turn-secrets": fingerprint(f"t{len(turn)}", **{f"turnSecret_{i}": each for i, each in enumerate(turn)}),
            "tls.crt": fingerprint("c", certificate_chain=certificate),
            **({"turn-peers": fingerprint(peers)} if peers else {}),
        },
        "livekit": {
            "livekit.yaml": fingerprint("l", redisPassword=password),
            "turn-secret": fingerprint("s", turnSecret_0=turn[0]),
        },
        "nginx": {"nginx.conf": fingerprint("n"), "tls.crt": fingerprint("c", certificate_chain=certificate)},
    }


class Order(unittest.TestCase):
    def setUp(self):
        self.done: list[str] = []
        self.state = State(
            containers={
                name: RunningContainer(STARTED, Running("entry", files)) for name, files in fingerprints().items()
            },
            live=fingerprints(),
        )
        state = ContainerState(True, STARTED, "healthy")
        self.running: dict[str, ContainerState | None] = {f"lab-{name}": state for name in KINDS}
        for target, replacement in {
            "docker.state_of": self.running.get,
            "docker.recreate": self._recreate,
            "docker.signal": self._note("signal"),
            "drains.livekit": self._drain,
            "drains.coturn": self._drain,
            "redis.accept_too": lambda _port, _known, new: self.done.append(f"redis also {new}"),
            "redis.accept_only": lambda _port, _known, new: self.done.append(f"redis only {new}"),
            "turn.accept": lambda _turn, secrets: self.done.append(f"turn also {','.join(secrets)}"),
            "turn.accept_only": lambda _turn, secrets: self.done.append(f"turn only {','.join(secrets)}"),
            "turn.allow_only": self._allow,
            "wait_healthy": lambda services: self.done.append(f"healthy {services[0].name}"),
            "save": lambda _state: None,
        }.items():
            patcher = mock.patch.object(services, target) if "." not in target else mock.patch(target)
            patcher.start().side_effect = replacement
            self.addCleanup(patcher.stop)

    def _note(self, what):
        return lambda container, *rest: self.done.append(" ".join([what, container, *rest]))

    def _recreate(self, name):
        self.done.append(f"recreate {name}")
        self.running[f"lab-{name}"] = ContainerState(True, "2026-01-02T00:00:00Z", "healthy")

    def _allow(self, _turn, peers):
        if peers:
            self.done.append(f"turn peers {','.join(peers)}")

    def _drain(self, service, _plan, _say):
        self.done.append(f"drain {service.name}")
        self.running[service.container] = ContainerState(False, STARTED, "none")

    def apply_changes(self, policy="drain", **changes) -> Wanted:
        changed = fingerprints(**changes)
        texts = {
            "livekit-redis/password": changes.get("password", "1"),
            "coturn/turn-secrets": "\n".join(changes.get("turn", ("1",))),
            "coturn/turn-peers": changes.get("peers", ""),
        }
        wanted = Wanted(plan(policy), changed, texts, policy)
        apply_changes(wanted, ["1"], self.state, lambda _text: None)
        return wanted

    def test_nothing_changed(self):
        self.apply_changes()
        self.assertEqual(self.done, [])

    def test_reloads_a_certificate(self):
        self.apply_changes(certificate="2")
        self.assertEqual(self.done, ["signal lab-coturn USR2", "signal lab-nginx HUP"])

    def test_redis_accepts_both_passwords_until_livekit_has_the_new_one(self):
        self.apply_changes(password="2")
        self.assertEqual(
            self.done,
            ["redis also 2", "drain livekit", "recreate livekit", "healthy livekit", "redis only 2"],
        )

    def test_a_new_turn_secret_keeps_calls(self):
        wanted = self.apply_changes(turn=("2", "1"))
        self.assertEqual(self.done, ["turn also 2,1", "turn only 2,1"])
        self.assertEqual([service.name for service in pending(wanted, self.state)], ["livekit"])

    def test_removes_a_turn_secret_after_livekit_has_the_new_one(self):
        self.apply_changes(turn=("2",))
        self.assertEqual(
            self.done, ["turn also 2", "drain livekit", "recreate livekit", "healthy livekit", "turn only 2"]
        )

    def test_drains_the_relay_before_it_is_replaced(self):
        self.apply_changes(turnserver="b")
        self.assertEqual(self.done, ["drain coturn", "recreate coturn", "healthy coturn", "turn only 1"])

    def test_another_node_of_the_fleet_keeps_relay_allocations(self):
        self.apply_changes(peers="203.0.113.2\n203.0.113.3\n")
        self.assertEqual(self.done, ["turn peers 203.0.113.2,203.0.113.3"])

    def test_does_not_drain_a_relay_whose_sfu_has_drained(self):
        self.apply_changes(turnserver="b", password="2")
        self.assertNotIn("drain coturn", self.done)
        self.assertLess(self.done.index("drain livekit"), self.done.index("recreate coturn"))

    def test_restart_waits_for_no_call(self):
        self.apply_changes(policy="restart", password="2")
        self.assertEqual(self.done, ["redis also 2", "recreate livekit", "healthy livekit", "redis only 2"])

    def test_a_service_that_restarted_after_the_swap_has_the_new_files(self):
        self.state.live, self.state.swapped = fingerprints(turn=("2", "1")), 0.0
        self.running["lab-livekit"] = ContainerState(True, "2026-01-03T00:00:00Z", "healthy")
        wanted = self.apply_changes(turn=("2", "1"))
        self.assertEqual(pending(wanted, self.state), [])

    def test_a_service_that_restarted_before_a_swap_has_the_files_of_that_time(self):
        self.state.live, self.state.swapped = fingerprints(turn=("2", "1")), 0.0
        self.running["lab-livekit"] = ContainerState(True, "2026-01-03T00:00:00Z", "healthy")
        services.record_state(plan("drain"), self.state)
        self.state.live, self.state.swapped = fingerprints(turn=("2", "1"), certificate="2"), 1e12
        self.apply_changes(turn=("2", "1"), certificate="2")
        self.assertNotIn("recreate livekit", self.done)

    def test_recreates_a_service_that_did_not_become_healthy(self):
        with mock.patch("services.wait_healthy", side_effect=Unhealthy), self.assertRaises(Unhealthy):
            self.apply_changes(password="2")
        self.state.swapped = 1e12
        self.done.clear()
        self.apply_changes()
        self.assertIn("recreate livekit", self.done)

    def test_starts_a_service_that_is_down(self):
        self.running["lab-nginx"] = None
        self.apply_changes()
        self.assertEqual(self.done, ["recreate nginx", "healthy nginx"])


if __name__ == "__main__":
    unittest.main()
