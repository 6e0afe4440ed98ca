"""Errors that are reported to the operator."""


class Refused(Exception):
    """The request is rejected, and the services run as before. The text states the reason and the fix."""


class CommandFailed(Exception):
    """A command failed. The text has the end of its output."""


class Unhealthy(Exception):
    """A changed service is not healthy. The text has the end of its log."""
