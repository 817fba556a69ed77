"""The pages."""

import platform

import django
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def home(request: HttpRequest) -> HttpResponse:
    used = {"python": platform.python_version(), "django": django.get_version()}
    return render(request, "pages/home.html", used)
