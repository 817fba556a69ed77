from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent
SECRET_KEY = "only-a-test"
INSTALLED_APPS = ["django.contrib.staticfiles"]
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}}
STATICFILES_DIRS = [BASE_DIR / "assets"]
