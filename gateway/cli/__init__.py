"""The `medsettle` command: main.py reads the verb, and each verb has a module of its name."""
