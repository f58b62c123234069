"""The command line: it strings the rooms together and holds no rule of its own."""
