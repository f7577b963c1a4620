"""The pure and deterministic core: policy, split, accounts, ledger. No I/O, clock, randomness, protobuf or asyncio."""
