"""Everything of MedSettle that touches the world; the decisions are made in core."""
