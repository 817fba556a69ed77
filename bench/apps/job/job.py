# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "certifi==2026.10.18",
#     "charset-normalizer==3.5.2",
#     "click==8.5.1",
#     "idna==3.20",
#     "jinja2==3.1.6",
#     "markupsafe==3.0.4",
#     "numpy==2.4.6",
#     "pandas==3.1.1",
#     "python-dateutil==4.0.0",
#     "pyyaml==6.0.3",
#     "requests==2.34.2",
#     "tzdata==2026.6",
#     "urllib3==2.8.0",
# ]
# ///
import click
import jinja2
import pandas
import requests
import yaml

word = pandas.Series(yaml.safe_load("[hello]"))[0]
click.echo(jinja2.Template("{{ word }}").render(word=requests.utils.unquote(word)))
