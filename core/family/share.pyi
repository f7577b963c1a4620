"""Types of core.family.share: it has nothing for Python."""
