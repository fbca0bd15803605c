"""Back ends that know people beyond our own table: what each is asked, and what it answers.

A back end knows nothing of accounts, groups or the database here: it tells who
somebody is.  What follows from that is ``accounts.enrolment``'s.
"""

from .model import DISABLED, UNKNOWN, UNSURE, WRONG, Backend, Person, Rejected, Silent

__all__ = ["DISABLED", "UNKNOWN", "UNSURE", "WRONG", "Backend", "Person", "Rejected", "Silent"]
