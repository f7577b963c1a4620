"""Persons in the ledger: who they are, their credits, their plans, and what they used elsewhere."""
