from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tampu.build.tasks.collectstatic import collect, task
from tampu.build.tasks.collectstatic_errors import (
    BrokenSettings,
    CollectstaticFailed,
    DatabaseNeeded,
    MissingFile,
    MissingVariable,
    NoStaticRoot,
)
from tampu.world.run import Command
from tests.build.tasks.stage import CHANGES, Actor

if TYPE_CHECKING:
    from tampu.errors import TampuError
    from tests.build.tasks.stage import Stage

STEP = "-----> $ python manage.py collectstatic --noinput --traceback"
STORY = 'Traceback (most recent call last):\n  File "/app/manage.py", line 22, in <module>\n    main()\n'
ENVIRON = '  File "/app/my/settings.py", line 9, in <module>\n    KEY = os.environ["KEY"]\n'


def test_an_app_without_manage_py() -> None:
    assert task(None, CHANGES) is None


def test_the_command(stage: Stage) -> None:
    argv = (f"{stage.layers}/python/bin/python3", "web/manage.py", "collectstatic", "--noinput", "--traceback")

    assert Command(argv=argv, cwd=stage.app, env={}) == collect(stage.target(), "web/manage.py", {})


@pytest.mark.parametrize("django", ["django-5.2", "Django-1.11.29"])
def test_a_django_project_is_collected(stage: Stage, django: str) -> None:
    stage.install(django)

    stage.act(task("manage.py", CHANGES), user_env={"SECRET_KEY": "hush"})

    assert [STEP] == stage.said
    assert [{"SECRET_KEY": "hush", "PYTHONPATH": str(stage.app)}] == [
        {name: command.env[name] for name in ("SECRET_KEY", "PYTHONPATH")} for command in stage.run.ran
    ]


def test_a_manage_py_of_something_else_is_left_alone(stage: Stage) -> None:
    stage.install("django_like-1.0")

    stage.act(task("manage.py", CHANGES))

    assert ([], []) == (stage.said, stage.run.ran)


@pytest.mark.parametrize("value", ["1", "true", "yes", "no"])
def test_users_may_say_no(stage: Stage, value: str) -> None:
    stage.install("django-5.2")

    stage.act(task("manage.py", CHANGES), user_env={"DISABLE_COLLECTSTATIC": value})

    assert [STEP, "       Skipped, as DISABLE_COLLECTSTATIC is set"] == stage.said
    assert [] == stage.run.ran


@pytest.mark.parametrize("value", ["", "0", "false", " False\n"])
def test_not_to_say_no_is_to_say_yes(stage: Stage, value: str) -> None:
    stage.install("django-5.2")

    stage.act(task("manage.py", CHANGES), user_env={"DISABLE_COLLECTSTATIC": value})

    assert 1 == len(stage.run.ran)


def test_debugging_shows_names_and_no_values(stage: Stage) -> None:
    stage.install("django-5.2")

    stage.act(task("manage.py", CHANGES), user_env={"DEBUG_COLLECTSTATIC": "1", "SECRET_KEY": "hush"})

    assert {"SECRET_KEY", "PATH", "PYTHONPATH"} < {line.strip() for line in stage.said}
    assert "hush" not in "".join(stage.said)


def test_a_project_without_staticfiles_is_no_failure(stage: Stage) -> None:
    stage.install("django-5.2")
    output = "Unknown command: 'collectstatic'\nType 'manage.py help' for usage.\n"

    stage.act(task("manage.py", CHANGES), Actor(code=1, output=output))

    assert [
        STEP,
        "",
        " !     Notice: this project collects no static files, as django.contrib.staticfiles is not in INSTALLED_APPS.",
        " !     Add it there, or set DISABLE_COLLECTSTATIC=1 to skip this step.",
        "",
    ] == stage.said


FAILURES = {
    "no STATIC_ROOT": (
        (
            f"{STORY}django.core.exceptions.ImproperlyConfigured: You're using the staticfiles app without having "
            "set the STATIC_ROOT setting to a filesystem path.\n"
        ),
        NoStaticRoot(),
    ),
    "a variable that is not set": (
        f"{STORY}{ENVIRON}  File \"<frozen os>\", line 679, in __getitem__\nKeyError: 'KEY'\n",
        MissingVariable("KEY"),
    ),
    "a variable that is not set, older Pythons": (
        (
            f'{STORY}{ENVIRON}  File "/usr/lib/python3.10/os.py", line 680, in __getitem__\n'
            "    raise KeyError(key) from None\nKeyError: 'KEY'\n"
        ),
        MissingVariable("KEY"),
    ),
    "a variable of django-environ": (
        (
            f"{STORY}KeyError: 'KEY'\n\nDuring handling of the above exception, another exception occurred:\n\n{STORY}"
            "django.core.exceptions.ImproperlyConfigured: Set the KEY environment variable\n"
        ),
        MissingVariable("KEY"),
    ),
    "a variable of decouple": (
        f"{STORY}decouple.UndefinedValueError: KEY not found. Declare it as envvar or define a default value.\n",
        MissingVariable("KEY"),
    ),
    "a variable of environs": (
        f'{STORY}environs.exceptions.EnvError: Environment variable "KEY" not set\n',
        MissingVariable("KEY"),
    ),
    "no secret key": (
        f"{STORY}django.core.exceptions.ImproperlyConfigured: The SECRET_KEY setting must not be empty.\n",
        MissingVariable("SECRET_KEY"),
    ),
    "a key of something else": (
        f"{STORY}    return registry[name]\nKeyError: 'KEY'\n",
        CollectstaticFailed("KeyError: 'KEY'", "manage.py"),
    ),
    "a package that is missing": (
        f"{STORY}ModuleNotFoundError: No module named 'storages'\n",
        BrokenSettings("ModuleNotFoundError: No module named 'storages'"),
    ),
    "a name of an older Django": (
        f"{STORY}ImportError: cannot import name 'ugettext' from 'django.utils.translation'\n",
        BrokenSettings("ImportError: cannot import name 'ugettext' from 'django.utils.translation'"),
    ),
    "a slip": (
        f"{STORY}  File \"/app/my/settings.py\", line 3\n    X = (\n        ^\nSyntaxError: '(' was never closed\n",
        BrokenSettings("SyntaxError: '(' was never closed"),
    ),
    "a database": (
        (
            f"{STORY}psycopg2.OperationalError: connection refused\n\nThe above exception was the cause:\n\n{STORY}"
            "django.db.utils.OperationalError: could not connect\n\tIs the server running?\n"
        ),
        DatabaseNeeded("django.db.utils.OperationalError: could not connect"),
    ),
    "a file that a stylesheet names": (
        (
            f"Post-processing 'a.css' failed!\n\n{STORY}"
            "whitenoise.storage.MissingFileError: The file 'x.png' could not be found with <Storage object>.\n\n"
            "The CSS file 'a.css' references a file which could not be found:\n  x.png\n"
        ),
        MissingFile("whitenoise.storage.MissingFileError: The file 'x.png' could not be found with <Storag..."),
    ),
    "a folder of STATICFILES_DIRS": (
        f"{STORY}FileNotFoundError: [Errno 2] No such file or directory: '/app/assets'\n",
        MissingFile("FileNotFoundError: [Errno 2] No such file or directory: '/app/assets'"),
    ),
    "an exception of the app's own": (
        f"{STORY}my.NotToday: no\nand why\n",
        CollectstaticFailed("my.NotToday: no", "manage.py"),
    ),
    "no traceback": (
        "Loading\nno settings given\n\n",
        CollectstaticFailed("no settings given", "manage.py"),
    ),
    "nothing at all": ("", CollectstaticFailed("python3 ended with exit code 1", "manage.py")),
}


@pytest.mark.parametrize(("output", "expected"), FAILURES.values(), ids=FAILURES)
def test_a_failure_is_explained(stage: Stage, output: str, expected: TampuError) -> None:
    stage.install("django-5.2")

    with pytest.raises(type(expected)) as caught:
        stage.act(task("manage.py", CHANGES), Actor(code=1, output=output))

    assert expected.as_text() == caught.value.as_text()
    assert 100 >= max(len(line) for line in caught.value.as_text().splitlines())
