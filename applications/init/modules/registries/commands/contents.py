"""Commands on what registries hold: discovery, its state, deletion."""

from __future__ import annotations

import argparse
import sys
import time

from .. import catalog, container
from ..catalog import Remote, crawls, questions
from ..catalog.crawls import State
from ..container import Container
from ..deletion import Deletion
from ..discovery import Outcome, Progress
from ..errors import BadRequest
from ..settings import Settings


def discover(settings: Settings, arguments: argparse.Namespace) -> int:
    """Crawl one registry, or all of them, now."""
    built = container.build(settings, lock_seconds=30)
    fit = True
    for remote in _remotes(built, arguments.service):
        outcome = built.crawler.run(
            remote, force=True, full=arguments.full, report=_tell_progress
        )
        print(_sentence(outcome))
        fit = fit and outcome.state == "ok"
    return 0 if fit else 1


def state(settings: Settings, arguments: argparse.Namespace) -> int:
    """Print what is known of the discovery of each registry."""
    built = container.build(settings)
    for remote in _remotes(built, arguments.service):
        with built.db.transaction():
            known = crawls.known(built.db, remote.id)
            waiting = questions.waiting(built.db, remote.id)
        print(f"{remote.service}  {remote.url}")
        for line in _lines(known, waiting):
            print(f"    {line}")
    return 0


def delete(settings: Settings, arguments: argparse.Namespace) -> int:
    """Delete a tag, or a repository with all its tags, in the registry and here."""
    built = container.build(settings, lock_seconds=30)
    remote = _remotes(built, arguments.service)[0]
    deletion = Deletion(built.db, built.connector, built.clock)
    repository, tag = _parts(arguments.name)
    if tag:
        done = deletion.tag(remote, repository, tag, "manage.py", force=arguments.force)
        for name in done.tags:
            print(f"{repository}:{name}: deleted")
    else:
        done = deletion.repository(remote, repository, "manage.py", report=print)
        print(f"{repository}: {'deleted' if done.whole else 'some tags are left'}")
    for name, reason in done.kept:
        print(f"{repository}:{name}: {reason}", file=sys.stderr)
    return 0 if done.whole else 1


def _parts(name: str) -> tuple[str, str]:
    """Take ``repository[:tag]`` apart; a colon before a slash is a port's."""
    repository, colon, tag = name.rpartition(":")
    return (repository, tag) if colon and "/" not in tag else (name, "")


def _remotes(built: Container, service: str | None) -> list[Remote]:
    with built.db.transaction():
        declared = catalog.remotes(built.db)
    wanted = [remote for remote in declared if service in (None, remote.service)]
    if service is not None and not wanted:
        raise BadRequest(f"registry {service!r} is not declared")
    return wanted


def _tell_progress(progress: Progress) -> None:
    if sys.stderr.isatty():
        print(f"\r{_progress(progress)}", end="", file=sys.stderr, flush=True)
    else:
        print(_progress(progress), file=sys.stderr, flush=True)


def _progress(progress: Progress) -> str:
    return (
        f"{progress.service}: {progress.repositories} of {progress.of} repositories,"
        f" {progress.read} tags read"
    )


def _sentence(outcome: Outcome) -> str:
    cost = f" ({outcome.read} tags read, {outcome.requests} requests)" if outcome.requests else ""
    return f"{outcome.service}: {outcome.state}: {outcome.sentence}{cost}"


def _lines(known: State | None, waiting: int) -> list[str]:
    if known is None:
        return ["was never crawled"]
    lines = [
        f"last success:   {_date(known.succeeded)}",
        f"holds:          {known.repositories} repositories, {known.tags} tags",
        f"last crawl:     {_date(known.finished)}, {known.duration or 0:.1f} s,"
        f" {known.requests} requests",
        f"next crawl:     {_date(known.next_run) if known.next_run else 'at once'}",
        f"notifications:  {_date(known.event_at)}, without secret {_date(known.hint_at)},"
        f" {waiting} to ask about",
    ]
    if known.phase != crawls.DONE:
        lines.append("a crawl is on, or was interrupted and will be gone on with")
    if known.error:
        lines.append(f"last error:     {known.error} ({known.failures} in a row)")
    return lines


def _date(seconds: float | None) -> str:
    if not seconds:
        return "never"
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
