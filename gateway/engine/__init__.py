"""The engine: works in batches, from the queue to the disk."""
