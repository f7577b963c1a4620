"""Types of core.risk.answers: it has nothing for Python."""
