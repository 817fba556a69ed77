import beta

print("beta", beta.__version__)
