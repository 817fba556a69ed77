#!/bin/sh
# Runs at each boot, before anything of the app starts: its run folder, links, environment.json and postinstall.
exec "$HOME/.tampu/launch/python" -E -s -S "$HOME/.tampu/launch/dcapproot.py" "$@"
