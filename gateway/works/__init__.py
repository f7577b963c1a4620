"""What requests do inside a batch: what they load, ask of the core, and write."""
