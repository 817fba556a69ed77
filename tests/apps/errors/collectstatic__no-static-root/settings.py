from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent
SECRET_KEY = "only-a-test"
INSTALLED_APPS = ["django.contrib.staticfiles"]
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "assets"]
