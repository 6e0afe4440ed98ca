"""Removes bundles and images that neither the current nor the previous bundle needs."""

from collections.abc import Sequence

import layout
from commands import run
from files import remove_tree
from plan import Plan, read_plan
from rules import Rules


def remove(kept: Sequence[str], rules: Rules) -> None:
    """:param kept: digests of the bundles that stay. One of an older release has no rules of its own"""
    for folder in layout.BUNDLES.iterdir():
        if folder.name not in kept:
            remove_tree(folder)
    _remove_images([read_plan(layout.BUNDLES / sha256, rules) for sha256 in kept])


def _remove_images(plans: Sequence[Plan]) -> None:
    """Removes former versions of the services' images. Other images on the machine are not the stack's."""
    wanted = {service.image for plan in plans for service in plan.services}
    kept = set(run("docker", "image", "inspect", "--format", "{{.Id}}", *sorted(wanted), check=False).split())
    repositories = {repository_of(image) for image in wanted}
    listed = run("docker", "image", "ls", "--no-trunc", "--format", "{{.ID}} {{.Repository}}").splitlines()
    for identifier, repository in (line.split(maxsplit=1) for line in listed):
        if repository in repositories and identifier not in kept:
            # Docker does not remove an image that a container still uses: a later run does.
            run("docker", "image", "rm", identifier, check=False)


def repository_of(image: str) -> str:
    """Returns `host:5000/a/b` for `host:5000/a/b:1.2@sha256:...`."""
    name = image.partition("@")[0]
    head, colon, tail = name.rpartition(":")
    return head if colon and "/" not in tail else name
