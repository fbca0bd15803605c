"""What may go wrong, with the exit status that scripts see."""

from __future__ import annotations

import click


class Refused(click.ClickException):
    """The collector said no, in words."""

    exit_code = 1


class Unreachable(click.ClickException):
    """The collector can't be reached, or is none."""

    exit_code = 3
