"""Both ends of the wire: the load generator, and the empty server that is the baseline."""
