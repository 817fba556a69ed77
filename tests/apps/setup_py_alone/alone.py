def main():
    import beta

    print("alone with beta", beta.__version__)
