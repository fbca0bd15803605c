"""Lists that come in pages, read without trusting the way from one page to the next.

Source: distribution API specification, "Pagination" of catalog and tags, RFC 8288
(``Link``).  Of a link only ``last`` and ``n`` are taken; the next url is our own.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from . import safe_json
from .answer import Answer
from .failures import BadAnswer, printable
from .place import Place

MAX_PAGES = 10_000
_LINK = re.compile(r'<([^<>\s]{0,2048})>\s*;\s*rel\s*=\s*"?next"?', re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class Kind:
    """What is listed: the member of the body, which names count, how many there may be."""

    member: str
    is_valid: Callable[[str], bool]
    limit: int


class Walk:
    """The walk along the pages of one list; ``query`` is the next one's, None after the last.

    :param path: of the list, below the url's prefix.
    :param n: names per page to ask for; 0 asks for no number.
    """

    def __init__(self, kind: Kind, place: Place, path: str, n: int = 0) -> None:
        self._kind = kind
        self._place = place
        self._path = path
        self._n = n
        self._lasts: set[str] = set()
        # Hashes are enough to see if there is anything new, and far smaller than names.
        self._seen: set[int] = set()
        self._count = 0
        self.dropped = 0
        self.query: str | None = _query("", n)

    def ask_for_fewer(self, n: int) -> None:
        """Ask for the page again, with ``n`` names."""
        last = parse_qs(self.query or "").get("last", [""])[0]
        self._n, self.query = n, _query(last, n)

    def take(self, answer: Answer, name: str = "") -> list[str]:
        """The valid names of a page, and the query of the next one.

        :param name: what the body's ``name`` has to be, if anything.
        :raises BadAnswer: malformed, too many names, or a link that leads elsewhere,
            nowhere or in circles.
        """
        found = document(answer)
        if name and found.get("name") != name:
            raise BadAnswer(f"it lists {printable(str(found.get('name')))!r} instead of {name}")
        listed = safe_json.texts(found.get(self._kind.member), self._kind.member, self._kind.limit)
        self._count += len(listed)
        if self._count > self._kind.limit:
            raise BadAnswer(f"there are more than {self._kind.limit} {self._kind.member}")
        self._advance(answer, listed)
        valid = [text for text in listed if self._kind.is_valid(text)]
        self.dropped += len(listed) - len(valid)
        return list(dict.fromkeys(valid))

    def _advance(self, answer: Answer, listed: list[str]) -> None:
        last = self._next(answer.links)
        if last is None:
            self.query = None
            return
        known = len(self._seen)
        self._seen.update(map(hash, listed))
        if last in self._lasts or len(self._seen) == known:
            raise BadAnswer("its pages go in circles")
        self._lasts.add(last)
        if len(self._lasts) >= MAX_PAGES:
            raise BadAnswer(f"there are more than {MAX_PAGES} pages")
        self.query = _query(last, self._n)

    def _next(self, links: list[str]) -> str | None:
        """The ``last`` of the link to the next page; None where there is no link."""
        if not links:
            return None
        match = _LINK.fullmatch(links[0].strip()) if len(links) == 1 else None
        if match is None:
            raise BadAnswer("its Link to the next page can't be read")
        fields = self._fields(match.group(1))
        if len(fields.get("last", ())) != 1:
            raise BadAnswer("its Link to the next page doesn't say where that starts")
        n = fields.get("n", [""])[0]
        if n.isascii() and n.isdigit() and len(n) <= 4 and 0 < int(n) <= 1000:
            self._n = int(n)
        return fields["last"][0]

    def _fields(self, link: str) -> dict[str, list[str]]:
        here = f"{self._place.origin}{self._place.prefix}{self._path}"
        try:
            parts = urlsplit(urljoin(here, link))
            netloc, ours = parts.netloc.lower(), {self._place.name, _full_name(self._place)}
            same = parts.scheme == here.partition(":")[0] and netloc in ours
            if same and parts.path in (self._path, self._place.prefix + self._path):
                return parse_qs(parts.query, errors="strict", max_num_fields=16)
        except ValueError:
            pass
        raise BadAnswer(f"its Link leads to {printable(link)!r}, which is refused")


def document(answer: Answer) -> dict[str, Any]:
    """The JSON object of an answer.

    :raises BadAnswer: it is no JSON, or no object.
    """
    check_json(answer)
    return safe_json.members(safe_json.loads(answer.body), "the answer")


def check_json(answer: Answer) -> None:
    """Look at the type of an answer.

    :raises BadAnswer: it is not JSON.
    """
    if "json" not in answer.media_type:
        what = printable(answer.media_type) or "no Content-Type"
        raise BadAnswer(f"it answers with {what}, not JSON")


def _full_name(place: Place) -> str:
    return place.name if place.name.endswith(f":{place.port}") else f"{place.name}:{place.port}"


def _query(last: str, n: int) -> str:
    fields = {"n": str(n)} if n else {}
    if last:
        fields["last"] = last
    return urlencode(fields)
