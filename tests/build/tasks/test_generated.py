from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.build.tasks import generated
from tampu.facts.requirements import LocalProject, Packages, Requirement
from tampu.values import replace

if TYPE_CHECKING:
    from tests.build.tasks.stage import Stage


def needing(path: str, *, editable: bool) -> Packages:
    project = LocalProject(path=path, editable=editable)
    requirement = Requirement(line=f"-e ./{path}", name=None, origin="requirements.txt", local=project)
    return Packages(manager="pip", because="requirements.txt is present", requirements=(requirement,))


def test_only_editable_projects_write_code_into_the_app() -> None:
    assert () == generated.tasks(needing("pkg", editable=False))
    assert ["generated_code"] == [task.name for task in generated.tasks(needing("pkg", editable=True))]


def test_what_a_build_wrote_is_put_back(stage: Stage) -> None:
    left = stage.layers / "site" / ".left-in-app" / "pkg" / "version.py"
    left.parent.mkdir(parents=True)
    left.write_text("version = '1.0'\n")
    (task,) = generated.tasks(needing("pkg", editable=True))

    stage.act(task)

    assert "version = '1.0'\n" == (stage.tree.root / "pkg" / "version.py").read_text()


def test_it_is_put_back_into_the_approot_where_the_project_is_there(stage: Stage) -> None:
    stage.write("web/app.py", "")
    left = stage.layers / "site" / ".left-in-app" / "pkg" / "version.py"
    left.parent.mkdir(parents=True)
    left.touch()
    (task,) = generated.tasks(replace(needing("pkg", editable=True), root="web"))

    stage.act(task)

    assert (stage.tree.root / "web" / "pkg" / "version.py").is_file()
