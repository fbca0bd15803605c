"""The collector's other objects, as far as docker registries need them to stand alone."""
