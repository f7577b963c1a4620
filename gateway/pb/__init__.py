"""The generated code of the contract: `python -m gateway.pb.generate` makes it from proto/, nobody edits it."""
