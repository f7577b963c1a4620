"""On which line of a JSON text something stands."""

import json

_BLANKS = " \t\r\n"


def lines_of(text: str) -> dict[str, int]:
    """The line, from 1, on which each place of a JSON text begins: of a key for what stands under it.

    Places are written as problems write them: schemes.employee.inpatient[0].ratio.

    Args:
        text: sound JSON.
    """
    lines: dict[str, int] = {}
    _Reader(text, lines).value(0, "")
    return lines


def line_of(lines: dict[str, int], place: str) -> int:
    """The line of a place, or of the nearest one around it that is there."""
    while place and place not in lines:
        place = place[: max(place.rfind("."), place.rfind("["), 0)]
    return lines.get(place, 1)


class _Reader:
    """Walks over a JSON text and notes where values stand."""

    def __init__(self, text: str, lines: dict[str, int]) -> None:
        self._text = text
        self._lines = lines
        self._scalar = json.JSONDecoder().raw_decode
        self._counted_to = 0
        self._line = 1

    def value(self, at: int, place: str) -> int:
        """Reads a value; gives where it ends."""
        at = self._skip(at)
        self._note(place, at)
        opening = self._text[at]
        if opening == "{":
            return self._members(at + 1, place)
        if opening == "[":
            return self._elements(at + 1, place)
        end: int = self._scalar(self._text, at)[1]
        return end

    def _members(self, at: int, place: str) -> int:
        at = self._skip(at)
        while self._text[at] != "}":
            at = self._skip(at + (self._text[at] == ","))
            start = at
            key, at = self._scalar(self._text, at)
            below = f"{place}.{key}" if place else str(key)
            self._note(below, start)
            at = self._skip(self.value(self._skip(at) + 1, below))
        return at + 1

    def _elements(self, at: int, place: str) -> int:
        at, index = self._skip(at), 0
        while self._text[at] != "]":
            at = self._skip(self.value(at + (self._text[at] == ","), f"{place}[{index}]"))
            index += 1
        return at + 1

    def _skip(self, at: int) -> int:
        while self._text[at] in _BLANKS:
            at += 1
        return at

    def _note(self, place: str, at: int) -> None:
        if place not in self._lines:
            self._line += self._text.count("\n", self._counted_to, at)
            self._counted_to = at
            self._lines[place] = self._line
