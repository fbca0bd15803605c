"""What may go wrong, with the exit status that scripts see."""

from __future__ import annotations

import click


class Refused(click.ClickException):
    """The collector said no, in words."""

    exit_code = 1


class SecondFactor(Refused):
    """The password is right, and a code of the second factor is wanted with it."""


class Unreachable(click.ClickException):
    """The collector can't be reached, or is none."""

    exit_code = 3
