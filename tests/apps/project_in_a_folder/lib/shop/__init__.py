NAME = "installed, not linked"
