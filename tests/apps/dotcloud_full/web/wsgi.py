import json
import os
import sys

import uwsgi

OPTIONS = ("processes", "harakiri", "buffer-size", "enable-threads", "single-interpreter")


def application(environ, start_response):
    body = told(environ) if environ["PATH_INFO"] == "/" else "{PATH_INFO}?{QUERY_STRING}".format(**environ)
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body.encode()]


def told(environ):
    home = os.path.expanduser("~")
    with open(home + "/environment.json") as file:
        found = json.load(file)
    answer = {
        "environment": found,
        "options": {name: shown(uwsgi.opt.get(name)) for name in OPTIONS},
        "ports": [os.environ["PORT"], os.environ["PORT_WWW"], os.environ["PORT_CHAT"]],
        "here": os.path.basename(os.getcwd()),
        "installed": open("installed.txt").read(),
        "watched": "newrelic.agent" in sys.modules,
        "through nginx": environ.get("X_FROM_NGINX"),
    }
    return json.dumps(answer)


def shown(option):
    return option.decode() if isinstance(option, bytes) else option
