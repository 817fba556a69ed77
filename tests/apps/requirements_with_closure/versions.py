from importlib.metadata import version

print(*(f"{name} {version(name)}" for name in ("alpha", "beta", "toolbox-kit")), sep=", ")
