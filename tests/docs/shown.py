"""Commands of the pages that other tests run, or run the like of: there each needs more than a folder of its own."""

# What runs all of this, and what `.ci/run` runs beside it.
RUNNERS = {"tests/run", "tests/fuzz/full", ".ci/run", "bench/run"}

BY_TEST = {
    "tests/vendor/test_update.py::test_pins_are_sorted_and_what_is_written_by_hand_stays": ("vendor/update pythons",),
    "tests/vendor/test_update.py::test_locks_are_made_by_uv_under_the_comment_of_their_source": (
        "vendor/update tools",
    ),
    "tests/vendor/test_package.py::test_all_that_belongs_to_it_is_listed": ("vendor/package",),
    "tests/system/test_cloudfoundry.py::test_a_cached_buildpack_brings_python": (
        "vendor/package --cached",
        "go install github.com/cloudfoundry/libbuildpack/packager/buildpack-packager@latest",
    ),
    "tests/vendor/test_package.py::test_a_mirror_comes_along": ("vendor/package --mirror ../mirror",),
    "tests/system/test_created.py::test_it_is_up_at_once": ("bin/tampu up shop",),
    "tests/contract/test_up.py::test_it_serves_until_ctrl_c_and_leaves_nothing": ("bin/tampu up .",),
    "tests/system/test_examples.py::test_pages": (
        "bin/tampu up examples/django",
        "bin/tampu up examples/dotcloud",
        "bin/tampu up examples/fastapi",
        "bin/tampu up examples/pyramid",
    ),
    "tests/contract/test_up.py::test_a_worker": ("bin/tampu up examples/worker",),
    "tests/contract/test_bundle.py::test_a_bundle_has_all_that_a_build_needs": (
        "bin/tampu bundle myapp --out myapp-bundle",
    ),
    "tests/contract/test_bundle.py::test_a_build_from_a_bundle_asks_nobody": (
        "TAMPU_MIRROR=/media/myapp-bundle bin/tampu build myapp",
    ),
    "tests/system/test_own_python.py::test_an_app_is_built_with_it_and_runs": ("export TAMPU_MIRROR=/srv/mirror",),
    "tests/platforms/test_python_build.py::test_a_series_is_its_newest_known_version": ("bin/python_build 3.8",),
    "tests/system/test_own_python.py::test_one_at_hand_gives_the_same_bytes_each_time": (
        "bin/python_build --from ~/.pyenv/versions/2.7.18",
    ),
    "tests/contract/test_people.py::test_an_app_is_built_where_it_is": ("bin/tampu build myapp",),
    "tests/platforms/test_nginx_build.py::test_modules_that_are_asked_for_are_added": (
        'NGINX_VERSION=1.28.0 NGINX_MODULES="http_dav_module --with-mail" bin/nginx_build',
    ),
    "tests/platforms/test_nginx_build.py::test_it_goes_to_the_forks_own_bin_unless_told_otherwise": (
        'git add bin/nginx && git commit -m "nginx 1.28.0"',
    ),
    "tests/create/test_sources.py::test_a_later_state": ("tampu create --update shop -t git+https://host/shop.git@v2",),
    "tests/system/test_serve_docs.py::test_each_line_is_as_the_page_says": (
        "tampu serve development.ini",
        "tampu create -t wsgi shop && cd shop",
        "tampu serve development.ini --reload",
        "./production.ini start",
    ),
    "tests/serve/test_values.py::test_another_section_and_another_server": (
        "tampu serve -s flup_scgi_thread development.ini",
    ),
    "tests/serve/test_verbs.py::test_a_server_is_started_known_and_stopped": (
        "tampu serve production.ini start",
        "tampu serve production.ini status",
        "tampu serve production.ini stop",
    ),
    "tests/serve/test_verbs.py::test_restart_starts_what_does_not_run_and_replaces_what_does": (
        "tampu serve production.ini restart",
    ),
    "tests/serve/test_values.py::test_a_folder_without_a_config": ("tampu serve --reload . port=8000",),
    "tests/serve/test_values.py::test_a_value_is_in_the_configs_variables_and_in_the_global_ones": (
        "tampu serve production.ini who=you",
    ),
    "tests/system/test_service.py::test_it_runs_as_a_user_of_its_own_with_its_environment_and_its_configuration": (
        "tampu service init shop.toml",
        "python configure.py --user shop --logpath /var/log/shop --logfmt '%(asctime)s …' --dbconn mongodb://localhost:27017/",
    ),
    "tests/system/test_service.py::test_it_stops_and_starts_and_says_so_by_exit_codes": ("tampu service status shop",),
    "tests/system/test_service.py::test_the_example_of_a_worker": (
        "sudo bin/tampu service init examples/worker/service.toml",
    ),
    "tests/system/test_remote.py::test_the_easy_way": (
        "bin/tampu remote --host ubuntu@192.0.2.7 report.py --year 2026 < numbers.csv > report.txt",
        "tampu remote --host host x.py",
    ),
    "tests/system/test_remote.py::test_a_run_that_is_left_to_itself": (
        "tampu remote --detach train.py",
        "tampu remote logs 8f14e45fceea167a",
        "tampu remote --attach 8f14e45fceea167a",
    ),
    "tests/system/test_remote.py::test_a_host_is_left_as_it_was": ("tampu remote clean remote",),
    "tests/system/test_remote.py::test_a_run_for_each_row": (
        "tampu remote --hosts one,two,three check.py",
        "tampu remote --hosts one,two --map rows.csv train.py --fast",
    ),
    "tests/remote/engines/test_dask.py::test_a_killed_worker_costs_a_retry_and_no_result": (
        "tampu remote --engine dask",
    ),
    "tests/daemon/test_start.py::test_it_is_ready_when_it_shows": ("tampu daemon start --ready notify",),
    "tests/system/test_cloudfoundry.py::test_an_app_answers_where_no_python_was": (
        "cf create-buildpack tampu python_buildpack-v0.1.0.zip 1",
        "cf push my-app -b tampu",
    ),
    "tests/system/test_herokuish.py::test_an_app_answers_on_dokku": (
        "dokku buildpacks:set my-app ADDRESS_OF_THIS_REPO",
        "git push dokku main",
    ),
    "tests/system/test_containerfile.py::test_an_image_answers_and_ends_with_nothing_to_write_to": (
        "podman build --build-context tampu=PATH_OF_TAMPU --file PATH_OF_TAMPU/docs/Containerfile --tag my-app .",
        "podman run --read-only --publish 8000:8000 my-app",
    ),
    "tests/system/test_pack.py::test_an_image_is_made_by_pack": (
        "pack build my-app --buildpack PATH_OF_TAMPU --builder <a builder of Debian or Ubuntu>",
        "docker run --rm --publish 8080:8080 my-app",
    ),
}
SHOWN = {command: test for test, commands in BY_TEST.items() for command in commands}
