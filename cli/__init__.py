"""The command line client: docker registries of a collector, over its REST API alone."""
