"""Generated from proto/ by `python -m gateway.pb.generate`."""
