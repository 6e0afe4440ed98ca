"""What goes wrong in a way that people have to read about."""


class Refused(Exception):
    """The request can't be done, and what served before still does. The text says why and what mends it."""


class CommandFailed(Exception):
    """A command ended with an error; the text has the end of its output."""


class Unhealthy(Exception):
    """A service that was changed does not serve. The text has the end of its log."""
