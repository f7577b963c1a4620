"""Catalogues of treatment regions: what class an item is of on a day, and what lines of a bill follow from it."""
