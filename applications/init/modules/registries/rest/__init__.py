"""The REST API: declarations that route, validate and describe, and what answers them.

``columns`` and ``conditions`` are the values the rest speaks of; ``filters`` and
``query`` read what clients write, ``asked`` the generic parameters; ``listing`` turns
it into one SELECT; ``routes`` finds the handler; ``docker`` and ``core`` are the
resources.  A new route is one row of the ``ROUTES`` of its file, and ``table`` has
them all.
"""
