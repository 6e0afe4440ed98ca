"""Tests the machine's files, the engine's times, LiveKit's metrics and the plan of a real bundle."""

import base64
import http.server
import json
import os
import tempfile
import threading
import types
import unittest
from pathlib import Path
from unittest import mock

import system
import watch
from commands import run, tail
from docker import ContainerState
from errors import CommandFailed, Unhealthy
from leftovers import repository_of
from plan import read_plan

# YAML is a package of the node; JSON is a subset of YAML and needs none.
with mock.patch.dict("sys.modules", {"yaml": types.SimpleNamespace(safe_load=json.loads)}):
    import livekit


class Watch(unittest.TestCase):
    def test_memory_in_use_excludes_what_the_kernel_can_reclaim(self):
        text = "MemTotal:       4000 kB\nMemFree:         100 kB\nMemAvailable:   1000 kB\nHugePages_Total:      0\n"
        self.assertEqual(watch.memory_used_percent(text), 75)

    def test_counts_every_unhealthy_service(self):
        states = {
            "a": ContainerState(True, "", "healthy"),
            "b": ContainerState(True, "", "starting"),
            "c": ContainerState(False, "", "healthy"),
            "d": None,
        }
        plan = types.SimpleNamespace(services=[types.SimpleNamespace(container=name) for name in states])
        with mock.patch("docker.state_of", states.get):
            measured = watch.measure(plan)
        self.assertEqual(measured["ServicesUnhealthy"], 3)
        for name in ("MemoryUsedPercent", "DiskUsedPercent"):
            self.assertGreater(measured[name], 0)
            self.assertLess(measured[name], 100)


class Commands(unittest.TestCase):
    def test_a_failure_contains_the_command_and_the_end_of_its_output(self):
        with self.assertRaisesRegex(CommandFailed, r"sh -c .* ended with 3:\nwrong"):
            run("sh", "-c", "echo wrong >&2; exit 3")

    def test_names_a_missing_program(self):
        with self.assertRaisesRegex(CommandFailed, "no-such-program is not on this machine"):
            run("no-such-program")

    def test_ends_a_program_that_hangs(self):
        with self.assertRaisesRegex(CommandFailed, "sleep 60 took more than 0 s"):
            run("sleep", "60", timeout=0.1)

    def test_a_long_text_starts_with_a_whole_line(self):
        self.assertTrue(tail("x" * 1000 + "\n" + "line\n" * 350).startswith("line\n"))


class System(unittest.TestCase):
    def test_writes_changed_files_and_removes_obsolete_ones(self):
        with tempfile.TemporaryDirectory() as name:
            same, other, gone, new = (f"{name}/{each}" for each in ("same", "other", "gone", "new"))
            for path in (same, other, gone):
                Path(path).write_text("text")
            wanted = {same: "text", other: "another", new: "new"}
            change = system.compare(wanted, [same, other, gone, f"{name}/gone-already"])
        self.assertEqual(change.write, {other: "another", new: "new"})
        self.assertEqual(change.remove, (gone,))


class Engine(unittest.TestCase):
    def test_parses_the_engines_times(self):
        for text, seconds in [
            ("1970-01-01T00:00:01.500000000Z", 1.5),
            ("1970-01-01T00:01:00Z", 60.0),
            ("1970-01-01T00:00:00.123456789Z", 0.123456789),
        ]:
            with self.subTest(text):
                self.assertAlmostEqual(ContainerState(True, text, "healthy").started_at, seconds)


class Leftovers(unittest.TestCase):
    def test_parses_the_repository_of_an_image(self):
        for image, repository in [
            ("redis:8", "redis"),
            ("registry:5000/a/b", "registry:5000/a/b"),
            ("registry:5000/a/b:1.2", "registry:5000/a/b"),
            ("a/b:1.2@sha256:0123", "a/b"),
            ("a/b@sha256:0123", "a/b"),
        ]:
            with self.subTest(image):
                self.assertEqual(repository_of(image), repository)


class Metrics(unittest.TestCase):
    def participants(self, counters: str) -> int:
        with tempfile.TemporaryDirectory() as folder, MetricsServer(counters) as server:
            config = {"port": server.port, "username": "node", "password": "planted"}
            files = Path(folder) / "livekit"
            files.mkdir()
            (files / "livekit.yaml").write_text(json.dumps({"prometheus": config}))
            with mock.patch("layout.STACK", Path(folder)):
                return livekit.participants("livekit")

    def test_counts_the_nodes_own_participants(self):
        of_server = 'livekit_participant_total{node_id="ND_1",node_type="SERVER"}'
        self.assertEqual(self.participants(f"# TYPE livekit_participant_total gauge\n{of_server} 3\n"), 3)
        self.assertEqual(self.participants(f"{of_server} 1e+02\n"), 100)
        self.assertEqual(self.participants(f"{of_server} 0\n"), 0)

    def test_a_missing_metric_is_not_zero(self):
        with self.assertRaisesRegex(Unhealthy, "livekit's metrics lack the number"):
            self.participants("livekit_room_total 0\n")


class MetricsServer:
    """Serves metrics on loopback with a password."""

    def __init__(self, counters: str):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                known = base64.b64encode(b"node:planted").decode()
                self.send_response(200 if self.headers["Authorization"] == f"Basic {known}" else 401)
                self.end_headers()
                self.wfile.write(counters.encode())

            def log_message(self, *_arguments):
                pass

        self._server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error):
        self._server.shutdown()
        self._server.server_close()


# `npm test` renders a bundle for it.
@unittest.skipUnless("BUNDLE" in os.environ, "BUNDLE is not set")
class RealPlan(unittest.TestCase):
    def test_reads_the_plan_of_a_bundle(self):
        plan = read_plan(Path(os.environ["BUNDLE"]))
        self.assertEqual([service.kind for service in plan.services], ["redis", "coturn", "livekit", "nginx"])
        self.assertEqual(plan.certificate.names, ("example.com", "*.example.com"))
        self.assertEqual(plan.ports.turn_tls, 5349)


if __name__ == "__main__":
    unittest.main()
