"""A page as apps have them: a template with ten rows of a table, and data for a script."""

from flask import Flask, render_template

application = Flask(__name__)
ROWS = [{"name": f"Row {number}", "price": number * 1.25, "tags": ["a", "b"]} for number in range(10)]


@application.get("/")
def page():
    return render_template("page.html", rows=ROWS)
