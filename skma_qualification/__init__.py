"""The project: settings, urls, home page. Knows everybody, nobody imports it."""

from .celery import app as celery_app

__all__ = ["celery_app"]
