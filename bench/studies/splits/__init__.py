"""The same bills through the compiled core, its twin, vectorised numpy and OpenFisca-Core, with one region's rules.

The rules are those of a stay in hospital of Beijing's employees: a deductible a stay, three bands by status and level,
the pooled fund's yearly ceiling, a large-amount scheme above it with a ceiling of its own, and the person's two purses.
"""
