"""Durable storage: one Protocol, an implementation a database."""
