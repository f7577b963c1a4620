"""The hot answers, written as bytes."""
