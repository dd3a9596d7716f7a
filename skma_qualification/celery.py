"""The worker and its schedule. Without ``REDIS_URL`` messages travel through a folder."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "skma_qualification.settings")

app = Celery("skma_qualification")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
