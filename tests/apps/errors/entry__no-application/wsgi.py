import os

server = object()
debug = "DEBUG" in os.environ
