import gamma

print("gamma", gamma.__version__)
