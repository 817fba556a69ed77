from flask import Flask

app = Flask(__name__)


@app.get("/")
def page():
    return "a page\n"
