from django.apps import AppConfig
from django.db import connection


class Shop(AppConfig):
    name = "shop"

    def ready(self):
        connection.cursor().execute("SELECT name FROM shop_currency")
