"""The servers that take calls from the network."""
