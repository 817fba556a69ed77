import pathlib
import sys

print(pathlib.Path(sys.prefix, "share/toolbox/motd").read_text(), end="")
