"""Tests the reading of plans, also of those that an older release wrote."""

import json
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import layout
from plan import read_plan
from state import InForce, State
from tests.stack_rules import RULES, golden_plan
from tests.test_apply import apply


class Plans(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.bundles = Path(temporary.name)
        plan = golden_plan()
        self.write("new", plan)
        del plan["rules"]
        self.write("old", plan)

    def write(self, name, plan):
        (self.bundles / name).mkdir()
        (self.bundles / name / "plan.json").write_text(json.dumps(plan))

    def test_a_plan_has_its_own_rules(self):
        self.assertEqual(read_plan(self.bundles / "new").rules, RULES)

    def test_an_older_plan_gets_the_running_agents_rules(self):
        plan = read_plan(self.bundles / "old", RULES)
        self.assertEqual(plan.rules, RULES)
        names = [service.name for service in plan.services]
        self.assertEqual(names, ["livekit-redis", "coturn", "livekit", "nginx", "node-exporter"])

    def test_rolls_back_to_a_bundle_without_rules(self):
        with (
            mock.patch.object(layout, "BUNDLES", self.bundles),
            mock.patch.multiple(apply, system=mock.DEFAULT, read_tree=mock.DEFAULT, remove_tree=mock.DEFAULT),
            mock.patch.object(apply, "_bring_up") as bring_up,
        ):
            apply.read_tree.return_value = {}
            apply._take_back(State(current=InForce("old")), RULES, mock.Mock())
        self.assertEqual(bring_up.call_args.args[0].plan.rules, RULES)

    def test_keeps_the_images_of_a_bundle_without_rules(self):
        with (
            mock.patch.object(layout, "BUNDLES", self.bundles),
            mock.patch.object(apply.leftovers, "run", return_value="") as run,
        ):
            apply.leftovers.remove(["new", "old"], RULES)
        images = {service.image for service in read_plan(self.bundles / "new").services}
        self.assertLessEqual(images, set(run.call_args_list[0].args))


if __name__ == "__main__":
    unittest.main()
