"""The regions' rules that ship with MedSettle: a package, so that an installed wheel finds its JSON files too."""
