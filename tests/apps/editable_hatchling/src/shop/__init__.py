def main():
    print("here", __file__.rpartition("/app/")[2])
