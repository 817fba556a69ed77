"""Commands of the pages that are run as they stand there, one after the other, and what each has to say."""

# What is meant where a form has a gap.
GAPS = {"COMMAND …": "python -V", "COMMAND": "build", "APP": "examples/flask"}

SCENES = {
    "an example": (
        ("bin/tampu build examples/flask --plan", r"app:app served by nginx and uWSGI: app\.py:\d+: app = Flask"),
        ("bin/tampu up examples/flask", r"-----> Serving on http://127\.0\.0\.1:\d+ \(Ctrl-C ends it\)"),
        ("bin/tampu doctor APP", r"ok +Disk"),
        ("bin/tampu build APP --plan", "nginx and uWSGI"),
        ("bin/tampu run APP -- COMMAND …", r"Python 3\.13"),
        ("bin/tampu COMMAND --help", "usage: tampu build"),
        ("bin/tampu build examples/flask --out /tmp/one", r"Built /.*/one/\.tampu"),
        ("mv /tmp/one /tmp/two", ""),
        ("chmod -R a-w /tmp/two", ""),
        (
            "/tmp/two/.tampu/run python -c 'import flask, sys; print(flask.__file__, sys.prefix)'",  # noqa: S108 - replaced
            r"/two/\.tampu/site/lib/.* /.*/two/\.tampu/site",
        ),
    ),
    "a project": (
        ("tampu create --list-templates", r"flask: +"),
        ("bin/tampu create -t flask shop", "shop is made"),
        ("tampu create -t flask shop", "shop"),
        ("tampu create shop", "shop"),
        ("tampu create --update shop", "shop"),
        ("tampu create --update shop -t ./templates/docker", r"Containerfile +new"),
    ),
    "a daemon": (
        ("tampu daemon start web --ready port:8000 -- python app.py", r"process \d+ is ready"),
        ("tampu daemon status web", "-----> web runs"),
        ("tampu daemon status web --json", r'"state": "running"'),
        ("tampu daemon list", "web"),
        ("tampu daemon restart web", r"process \d+ is ready"),
        ("tampu daemon logs web -f", "hello"),
        ("tampu daemon stop web", r"process \d+ and all that it started are gone"),
        ("tampu daemon start web --keep-alive -- python app.py", r"process \d+"),
        ("tampu daemon stop web", "are gone"),
    ),
    "a service": (("tampu service plan shop.toml", "shop"),),
}
