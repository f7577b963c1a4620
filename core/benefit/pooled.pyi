"""Types of core.benefit.pooled: it has nothing for Python."""
