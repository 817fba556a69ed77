"""A page that says where it runs."""

import platform
import sys

from flask import Flask

app = Flask(__name__)


@app.get("/")
def home() -> str:
    return f"Hello from Python {platform.python_version()} in {sys.prefix}\n"
