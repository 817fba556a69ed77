import os

import django
from django.contrib.staticfiles.storage import staticfiles_storage

os.environ["DJANGO_SETTINGS_MODULE"] = "site_of_mine.settings"
django.setup()
print(staticfiles_storage.open(staticfiles_storage.stored_name("css/site.css")).read().decode(), end="")
