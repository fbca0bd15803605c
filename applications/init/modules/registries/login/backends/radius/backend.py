"""The back end: who is asked in which order, and what an answer means here."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Union

from ....logs import LOGGER
from ....settings.radius import RadiusSettings
from ..model import UNKNOWN, UNSURE, WRONG, Person, Rejected, Silent
from . import exchange, names
from .exchange import NoAnswer
from .packets import LONGEST_PASSWORD, Answer, Codec
from .places import Places
from .silences import Server, Silences


class Radius:
    """Asks RADIUS servers about passwords, from several threads at once.

    :param clock: seconds that only grow.
    :raises StartupError: the settings make no sense, or the library is missing.
    """

    name = "radius"
    looks_up = False

    def __init__(
        self, settings: RadiusSettings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        settings.require_usable()
        self._settings = settings
        self._clock = clock
        self._servers = settings.addresses
        self._groups = settings.group_key
        self._codec = Codec(settings.secret, settings.nas_identifier)
        self._places = Places(clock)
        self._silences = Silences(clock)

    def check(self, login: str, password: str) -> Union[Person, Rejected]:
        """Check a password with the first server that answers.

        RADIUS does not tell an unknown name from a wrong password: both are UNSURE.

        :raises Silent: none answers; the text says why for each.
        """
        name = names.read(login, self._settings.realm)
        if name is None:
            return Rejected(UNKNOWN, "no server is asked: no login name that RADIUS can carry")
        if not _is_password(password):
            return Rejected(WRONG, "no server is asked: no password that RADIUS can carry")
        server, answer = self._ask(name.asked, password)
        if answer.kind == "accept":
            groups = None if self._groups is None else answer.names(self._groups)
            return Person(key=name.key, username=name.username, mail=name.mail, groups=groups)
        said = f": {answer.message!r}" if answer.message else ""
        if answer.kind == "challenge":
            return Rejected(
                WRONG, f"{_shown(server)} wants more than a password, which is not supported{said}"
            )
        return Rejected(UNSURE, f"{_shown(server)} rejects name or password{said}")

    def find(self, login: str) -> Union[Person, Rejected]:
        """Who a name would be, if it is one: RADIUS can't be asked without a password."""
        name = names.read(login, self._settings.realm)
        if name is None:
            return Rejected(UNKNOWN, "no login name that RADIUS can carry")
        return Person(key=name.key, username=name.username, mail=name.mail)

    def look_up(self, key: str) -> Union[Person, Rejected, None]:
        """None: RADIUS tells nothing of somebody without a password."""
        return None

    def _ask(self, login: str, password: str) -> tuple[Server, Answer]:
        until = self._clock() + self._settings.seconds
        reasons = []
        order = self._silences.order(self._servers)
        for number, server in enumerate(order):
            now = self._clock()
            share = (until - now) / (len(order) - number)
            try:
                answer = self._ask_one(server, login, password, now + share)
            except NoAnswer as reason:
                reasons.append(f"{_shown(server)}: {reason}")
                if self._silences.silent(server):
                    LOGGER.warning(
                        "a RADIUS server does not answer and is asked last for a minute",
                        extra={"fields": {"server": _shown(server), "why": str(reason)}},
                    )
                continue
            self._silences.heard(server)
            return server, answer
        raise Silent("; ".join(reasons))

    def _ask_one(self, server: Server, login: str, password: str, until: float) -> Answer:
        """Ask one server at its addresses until one of them answers."""
        places = self._places.find(server, until - self._clock())
        last = NoAnswer("its name can't be resolved")
        for number, place in enumerate(places):
            now = self._clock()
            share = (until - now) / (len(places) - number)
            try:
                # Another place may be another server: it gets a request of its own.
                request = self._codec.request(login, password)
                return exchange.ask(place, request, now + share, self._clock)
            except NoAnswer as reason:
                last = reason
        raise last


def _is_password(password: str) -> bool:
    """Tell whether a password can be asked about."""
    try:
        size = len(password.encode())
    except UnicodeEncodeError:
        return False
    # RFC 2865 5.2 fills passwords up with NULs: one that ends with some is another one there.
    return 0 < size <= LONGEST_PASSWORD and "\0" not in password


def _shown(server: Server) -> str:
    host, port = server
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
