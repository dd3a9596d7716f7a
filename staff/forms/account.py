"""What is typed about accounts: signing in, passwords, codes, one's own settings, roles."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, SetPasswordForm
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.utils.translation import gettext_lazy as _

from staff.models import Person, Role, User


class SignInForm(AuthenticationForm):
    error_messages = {
        "invalid_login": _(
            "There is no account with this user name and password. Capital letters and the "
            "language of the keyboard matter."
        ),
        "inactive": _("This account is switched off."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("User name")
        self.fields["username"].widget.attrs |= {"autocapitalize": "none", "spellcheck": "false"}
        self.fields["password"].label = _("Password")


class ForgottenPasswordForm(forms.Form):
    name = forms.CharField(
        label=_("User name or e-mail"),
        max_length=254,
        widget=forms.TextInput(
            attrs={"autofocus": True, "autocomplete": "username", "autocapitalize": "none"}
        ),
    )


class CodeForm(forms.Form):
    """A code from the phone; at sign-in a recovery code too."""

    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        widget=forms.TextInput(
            attrs={
                "autofocus": True,
                "autocomplete": "one-time-code",
                "autocapitalize": "none",
                "spellcheck": "false",
                "class": "code",
            }
        ),
    )


class OwnPasswordForm(forms.Form):
    """Asks for the password of who is signed in before something of consequence."""

    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, request: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not self.request.user.check_password(password):
            raise forms.ValidationError(_("The password is wrong."))
        return password


class ProfileForm(forms.Form):
    """Language and e-mail; another e-mail asks for the password, since links go there."""

    language = forms.ChoiceField(label=_("Language"), choices=User.Language.choices)
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        max_length=254,
        help_text=_("Letters and links to set a password are sent here."),
    )
    password = forms.CharField(
        label=_("Your password"),
        required=False,
        strip=False,
        help_text=_("Needed only to change the e-mail."),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, account: User, **kwargs: Any) -> None:
        self.account = account
        super().__init__(*args, **kwargs)
        self.initial.update(language=account.language, email=account.email)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        password = cleaned.get("password", "")
        if "email" in self.changed_data and not self.account.check_password(password):
            self.add_error("password", _("Type your password to change the e-mail."))
        return cleaned


class NewPasswordForm(SetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].label = _("New password")
        self.fields["new_password2"].label = _("New password once more")
        self.fields["new_password2"].help_text = ""


class ChangePasswordForm(NewPasswordForm, PasswordChangeForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["old_password"].label = _("Present password")


def person_by_number(text: str) -> Person | None:
    """The person with this personnel number; ``ValidationError`` if there is none."""
    if not text:
        return None
    person = Person.objects.filter(personnel_number=text).first()
    if person is None:
        raise forms.ValidationError(
            _("Nobody in the registry has this personnel number. Look it up among the employees.")
        )
    return person


class AccountForm(forms.Form):
    """An account as its administrator sees it."""

    email = forms.EmailField(label=_("E-mail"), required=False, max_length=254)
    language = forms.ChoiceField(label=_("Language"), choices=User.Language.choices)
    person = forms.CharField(
        label=_("Employee (personnel number)"),
        required=False,
        max_length=20,
        help_text=_("Ties the account to the registry: own page, headship, supervision."),
    )
    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=Role.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "Heads and secretaries of units need no role: the registry knows them. Without a role "
            "one sees oneself and the units one leads."
        ),
    )
    is_active = forms.BooleanField(
        label=_("Active"),
        required=False,
        help_text=_("Who is switched off cannot sign in; nothing they did is lost."),
    )

    def __init__(self, *args: Any, account: User | None = None, **kwargs: Any) -> None:
        self.account = account
        super().__init__(*args, **kwargs)
        if account is not None:
            number = account.person.personnel_number if account.person else ""
            if account.person and not number:
                # Known by the IIN alone, which is not shown here: the tie stays as it is.
                del self.fields["person"]
            self.initial.update(
                email=account.email,
                language=account.language,
                person=number or "",
                roles=list(account.groups.values_list("name", flat=True)),
                is_active=account.is_active,
            )

    def clean_person(self) -> Person | None:
        person = person_by_number(self.cleaned_data["person"].strip())
        taken = User.objects.filter(person=person) if person else User.objects.none()
        if self.account is not None:
            taken = taken.exclude(pk=self.account.pk)
        other = taken.first()
        if other is not None:
            raise forms.ValidationError(
                _("This employee already has the account «%(name)s»."),
                params={"name": other.username},
            )
        return person

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "person" not in self.fields and self.account is not None:
            cleaned["person"] = self.account.person
        return cleaned


class NewAccountForm(AccountForm):
    """For somebody the registry may not know; employees are invited instead."""

    username = forms.CharField(
        label=_("User name"), max_length=150, validators=[UnicodeUsernameValidator()]
    )
    field_order = ["username", "email", "language", "person", "roles"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["is_active"]
        self.fields["email"].required = True

    def clean_username(self) -> str:
        name: str = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=name).exists():
            raise forms.ValidationError(_("This user name is taken. Choose another one."))
        return name
