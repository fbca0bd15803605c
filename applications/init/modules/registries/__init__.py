"""OpenSVC collector docker registries: token service, policy, catalogue.

The package knows nothing of web2py's request globals; ``web2py`` is its only
door to the framework.  Imports run downwards: web, services, domain.
"""

__version__ = "0.1.0"
