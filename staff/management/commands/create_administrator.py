"""The first account of an empty installation: ``create_administrator NAME E-MAIL``."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from staff.models import Role, User
from staff.notices import link_to_set_password


class Command(BaseCommand):
    help = "Creates an account with the role administrator and prints a link to set its password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("email")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        if User.objects.filter(username=options["username"]).exists():
            raise CommandError(_("There is an account of this name already."))
        user = User(username=options["username"], email=options["email"])
        user.set_unusable_password()
        user.save()
        user.groups.add(Group.objects.get(name=Role.ADMINISTRATOR))
        self.stdout.write(link_to_set_password(user))
