from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.build.tasks import preparations, tasks
from tampu.facts.app import survey
from tampu.values import replace
from tests.build.tasks.stage import CHANGES

if TYPE_CHECKING:
    from tests.build.tasks.stage import Stage


def test_a_plain_app_is_not_touched(stage: Stage) -> None:
    assert ((), ()) == (preparations(stage.tree, None), tasks(survey(stage.tree, None), stage.target(), CHANGES))


def test_tasks_come_in_order(stage: Stage) -> None:
    for name in ("bin/pre_compile", "bin/post_compile", "manage.py", "nltk.txt"):
        stage.write(name, "punkt\n")
    app = survey(stage.tree, None)

    before = preparations(stage.tree, None)
    after = tasks(app, stage.target(), CHANGES)
    for_tests = tasks(app, replace(stage.target(), groups=("test",)), CHANGES)

    assert ["pre_compile_hook"] == [task.name for task in before]
    assert ["nltk_downloader", "django_collectstatic", "post_compile_hook"] == [task.name for task in after]
    assert ["nltk_downloader", "post_compile_hook"] == [task.name for task in for_tests]


def test_later_tasks_find_the_data_of_earlier_ones(stage: Stage) -> None:
    stage.write("nltk.txt", "punkt\n")
    stage.write("bin/post_compile", "printenv\n")

    (_, hook) = tasks(survey(stage.tree, None), stage.target(), CHANGES)
    stage.act(hook)

    assert f"{stage.layers}/nltk_data" == stage.run.ran[0].env["NLTK_DATA"]
