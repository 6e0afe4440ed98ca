"""Tests files: fills placeholders, replaces folders in place and redacts secrets."""

import os
import stat
import tempfile
import unittest
from pathlib import Path

import layout
import state
from changes import Running
from errors import Refused
from files import point, read_tree, write_tree
from redaction import Redactor
from rendering import FileFingerprint, fingerprints_of, render


class Rendering(unittest.TestCase):
    def test_fills_placeholders(self):
        self.assertEqual(
            render({"a": "key: @@apiSecret.0@@ @@redisPassword@@"}, {"apiSecret.0": "s", "redisPassword": "p"}),
            {"a": "key: s p"},
        )

    def test_names_a_missing_secret(self):
        with self.assertRaisesRegex(Refused, r"turnSecret\.1"):
            render({"a": "@@turnSecret.0@@ @@turnSecret.1@@"}, {"turnSecret.0": "s"})

    def test_does_not_expand_placeholders_in_a_secret(self):
        self.assertEqual(render({"a": "@@redisPassword@@"}, {"redisPassword": "@@x@@"}), {"a": "@@x@@"})

    def test_fingerprints_separate_the_template_from_its_secrets(self):
        templates = {"redis/password": "@@redisPassword@@", "nginx/nginx.conf": "events {}"}
        one, two = (fingerprints_of("redis", templates, {"redisPassword": value}) for value in ("1", "2"))
        self.assertEqual(one.keys(), {"password"})
        self.assertEqual(one["password"].template, two["password"].template)
        self.assertNotEqual(one["password"].secrets, two["password"].secrets)


class Trees(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_writes_changed_files_and_removes_others(self):
        write_tree(self.folder, {"a/one": "1", "a/two": "2"})
        kept = (self.folder / "a/one").stat().st_ino
        folder = (self.folder / "a").stat().st_ino
        write_tree(self.folder, {"a/one": "1", "a/three": "3"})
        self.assertEqual(read_tree(self.folder), {"a/one": "1", "a/three": "3"})
        # An unchanged file keeps its inode, and so does a mounted folder.
        self.assertEqual((self.folder / "a/one").stat().st_ino, kept)
        self.assertEqual((self.folder / "a").stat().st_ino, folder)

    def test_only_root_and_its_group_can_read_files(self):
        previous = os.umask(0o022)
        self.addCleanup(os.umask, previous)
        write_tree(self.folder / "stack", {"a/one": "1"})
        self.assertEqual(stat.S_IMODE((self.folder / "stack/a/one").stat().st_mode), 0o640)
        self.assertEqual(stat.S_IMODE((self.folder / "stack/a").stat().st_mode), 0o750)

    def test_replaces_a_link(self):
        link = self.folder / "current"
        for name in ("one", "two"):
            point(link, self.folder / name)
            self.assertEqual(os.readlink(link), str(self.folder / name))

    def test_loads_the_state_that_it_saved(self):
        self.addCleanup(setattr, layout, "STATE", layout.STATE)
        layout.STATE = self.folder / "state.json"
        self.assertEqual(state.load(), state.State())
        layout.STATE.write_text("{}")
        self.assertEqual(state.load(), state.State())
        files = {"password": FileFingerprint("a", {"redisPassword": "b"})}
        written = state.State(
            current=state.InForce("sha", "version"),
            containers={"redis": state.RunningContainer("2026-01-01T00:00:00Z", Running("entry", files))},
            live={"redis": files},
            proven={"redis": files},
            swapped=1.5,
            one_shot=state.OneShotRequest("nonce", "sha"),
            system=["/etc/nftables.conf"],
            system_dirty=["/etc/nftables.conf"],
        )
        state.save(written)
        self.assertEqual(state.load(), written)
        self.assertEqual(stat.S_IMODE(layout.STATE.stat().st_mode), 0o600)


class Redaction(unittest.TestCase):
    def test_replaces_secrets_with_asterisks(self):
        redactor = Redactor()
        redactor.learn(["planted-secret", "planted-secret-longer"])
        self.assertEqual(redactor.clean("is planted-secret-longer, planted-secret"), "is ***, ***")

    def test_redacts_the_lines_of_a_key_and_keeps_its_header(self):
        redactor = Redactor()
        redactor.learn(["-----BEGIN PRIVATE KEY-----\nplantedplanted\n-----END PRIVATE KEY-----\n"])
        self.assertEqual(
            redactor.clean("-----BEGIN PRIVATE KEY----- plantedplanted"), "-----BEGIN PRIVATE KEY----- ***"
        )


if __name__ == "__main__":
    unittest.main()
