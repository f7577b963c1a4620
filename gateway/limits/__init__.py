"""What holds a gateway's load down: which calls go first, and how many are in hand."""
