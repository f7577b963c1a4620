"""The demo: a morning at six cities' clinics, played over the socket against a gateway in its own process."""
