"""The hello app with its static files served by whitenoise."""

from pathlib import Path

from whitenoise import WhiteNoise
from wsgi import application as hello

application = WhiteNoise(hello, root=str(Path.cwd() / "static"), prefix="static/")
