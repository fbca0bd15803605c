"""Discovery: asking registries what they have, tag by tag or all of it."""

from .crawl import Crawler, Options, Outcome, Progress
from .read import Reader

__all__ = ["Crawler", "Options", "Outcome", "Progress", "Reader"]
