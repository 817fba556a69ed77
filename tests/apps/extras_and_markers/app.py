from importlib.metadata import distributions

names = {found.metadata["Name"] for found in distributions()}
print(*sorted(names & {"alpha", "beta", "gamma", "delta", "package-for-windows"}))
