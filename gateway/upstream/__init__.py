"""Systems that the gateway calls: each a Protocol, with simulators beside it."""
