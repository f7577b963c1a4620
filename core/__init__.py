"""The pure, deterministic part of MedSettle: policies, splits, accounts and the ledger; no I/O, clock or randomness."""
