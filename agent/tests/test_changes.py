"""Tests what a changed file does to the service that reads it."""

import unittest

from changes import Running, decide
from rendering import FileFingerprint
from rules import Action
from tests.stack_rules import RULES


def fingerprint(template: str, **secrets: str) -> FileFingerprint:
    return FileFingerprint(template, secrets)


def decided(kind, before, after, turn_secrets=frozenset(), entries=("same", "same")):
    running = Running(entries[0], {name: file for name, file in before.items()})
    wanted = Running(entries[1], {name: file for name, file in after.items()})
    return decide(RULES.of(kind), running, wanted, turn_secrets)


class Decisions(unittest.TestCase):
    def test_nothing_changed(self):
        files = {"livekit.yaml": fingerprint("a", redisPassword="b")}
        self.assertEqual(decided("livekit", files, files), set())

    def test_a_stopped_service_is_recreated(self):
        self.assertEqual(decide(RULES.of("nginx"), None, Running("entry"), frozenset()), {Action.RESTART})

    def test_another_entry_recreates_the_service(self):
        for kind in ("livekit", "coturn", "redis", "nginx"):
            with self.subTest(kind):
                self.assertEqual(decided(kind, {}, {}, entries=("old", "new")), {Action.RESTART})

    def test_action_of_each_file(self):
        for kind, name, action in [
            ("nginx", "nginx.conf", Action.RELOAD),
            ("nginx", "tls.crt", Action.RELOAD),
            ("coturn", "tls.key", Action.RELOAD),
            ("coturn", "turn-secrets", Action.SET_TURN_SECRETS),
            ("coturn", "turn-peers", Action.SET_TURN_PEERS),
            ("coturn", "turnserver.conf", Action.RESTART),
            ("redis", "redis.conf", Action.RESTART),
            ("livekit", "livekit.yaml", Action.RESTART),
        ]:
            with self.subTest(f"{kind} {name}"):
                self.assertEqual(decided(kind, {name: fingerprint("old")}, {name: fingerprint("new")}), {action})

    def test_a_fleet_that_grows_from_one_node_keeps_the_relay(self):
        self.assertEqual(decided("coturn", {}, {"turn-peers": fingerprint("a")}), {Action.SET_TURN_PEERS})

    def test_a_fleet_that_shrinks_to_one_node_keeps_the_relay(self):
        self.assertEqual(decided("coturn", {"turn-peers": fingerprint("a")}, {}), {Action.SET_TURN_PEERS})

    def test_a_kind_without_rules_restarts(self):
        self.assertEqual(decided("node-exporter", {"web.yml": fingerprint("a")}, {}), {Action.RESTART})

    def test_a_changed_password_alone_keeps_redis(self):
        before = {"redis.conf": fingerprint("a", redisPassword="1"), "password": fingerprint("b", redisPassword="1")}
        after = {"redis.conf": fingerprint("a", redisPassword="2"), "password": fingerprint("b", redisPassword="2")}
        self.assertEqual(decided("redis", before, after), {Action.SET_PASSWORD})

    def test_a_changed_password_and_setting_recreate_redis(self):
        before = {"redis.conf": fingerprint("a", redisPassword="1"), "password": fingerprint("b", redisPassword="1")}
        after = {"redis.conf": fingerprint("c", redisPassword="2"), "password": fingerprint("b", redisPassword="2")}
        self.assertEqual(decided("redis", before, after), {Action.RESTART})

    def test_livekit_restarts_for_its_own_secrets(self):
        before = {"livekit.yaml": fingerprint("a", **{"apiSecret.0": "1"})}
        after = {"livekit.yaml": fingerprint("a", **{"apiSecret.0": "2"})}
        self.assertEqual(decided("livekit", before, after), {Action.RESTART})

    def test_a_new_turn_secret_waits_for_the_last_call_while_the_old_one_is_valid(self):
        before, after = (
            {"turn-secret": fingerprint("a", **{"turnSecret.0": "1"})},
            {"turn-secret": fingerprint("a", **{"turnSecret.0": "2"})},
        )
        self.assertEqual(decided("livekit", before, after, frozenset({"1", "2"})), {Action.RESTART_WHEN_EMPTY})

    def test_a_withdrawn_turn_secret_does_not_wait(self):
        before, after = (
            {"turn-secret": fingerprint("a", **{"turnSecret.0": "1"})},
            {"turn-secret": fingerprint("a", **{"turnSecret.0": "2"})},
        )
        self.assertEqual(decided("livekit", before, after, frozenset({"2"})), {Action.RESTART})

    def test_a_restart_includes_every_other_action(self):
        before = {"turnserver.conf": fingerprint("a"), "tls.crt": fingerprint("a"), "turn-secrets": fingerprint("a")}
        after = {"turnserver.conf": fingerprint("b"), "tls.crt": fingerprint("b"), "turn-secrets": fingerprint("b")}
        self.assertEqual(decided("coturn", before, after), {Action.RESTART})


if __name__ == "__main__":
    unittest.main()
