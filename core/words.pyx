"""The numbers that the contract and the core share, visible to Python.

Design
    Declared in words.pxd as C enums, so that the core compares plain integers; Python sees them as IntEnums.

Invariants
    Every number equals the one of the same name in proto/medsettle/v1.
"""

for _enum in (OrderState, LegState, OrderKind, Service, Role, UserAuthentication, EventKind, RefundKind, Reason):
    globals().update(_enum.__members__)
