import os
from importlib.metadata import version
from importlib.util import find_spec

import made

print(made.MADE)
print(open("web/built.txt").read().strip())
print("alpha", version("alpha"), "beta", version("beta"), "newrelic" if find_spec("newrelic") else "no newrelic")
print(os.environ["GREETING"], os.environ["PATTERN"], os.environ["PORT_CHAT"])
