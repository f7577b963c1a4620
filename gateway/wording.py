"""Amounts and counts as people read them, wherever a command prints some."""


def yuan(fen: int) -> str:
    """An amount in yuan, with thousands and two decimals."""
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def counted(count: int, one: str, many: str = "") -> str:
    """A number with its noun; `many` where that is not `one` with an s."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"
