"""One's own account: signing in, passwords, the second factor, language and e-mail."""

from __future__ import annotations

import datetime as dt
from typing import Any

from axes.utils import reset as forget_failures
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, SetPasswordForm
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone, translation
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView
from django_otp import login as otp_login

from interface.pages import EVERYBODY, Page
from staff import tasks
from staff.backends import client_ip
from staff.domain import accounts, second_factor
from staff.forms.account import (
    ChangePasswordForm,
    CodeForm,
    ForgottenPasswordForm,
    NewPasswordForm,
    OwnPasswordForm,
    ProfileForm,
    SignInForm,
)
from staff.models import Post, Role, User
from workflow.calendar import today

OFFERED = "second_factor_offered"
LINKS_WINDOW = dt.timedelta(hours=1)
LINKS_AT_MOST = 10
secret = [sensitive_post_parameters(), never_cache]


def safe_next(request: HttpRequest) -> str:
    """Where somebody was going before a question stood in the way; home if nowhere safe."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    if url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return wanted
    return reverse("home")


class OwnPage(Page):
    """A page about the account of who is signed in."""

    permission = EVERYBODY

    @property
    def me(self) -> Any:
        return self.request.user


# --- signing in -------------------------------------------------------------------------------
class SignIn(auth_views.LoginView):
    """The door. What follows it, a code or the page one wanted, is settled here."""

    form_class = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_valid(form)
        account = form.get_user()
        name = ""
        if second_factor.is_set_up(account):
            name = "second_factor"
        elif account.must_use_second_factor:
            name = "second_factor_setup"
        if not name:
            return response
        return redirect(reverse(name) + "?" + urlencode({"next": self.get_success_url()}))


class SignOut(auth_views.LogoutView):
    permission = EVERYBODY


@method_decorator(login_not_required, name="dispatch")
class ForgottenPassword(FormView):
    """Asks who one is and says the same whoever that is."""

    form_class = ForgottenPasswordForm
    template_name = "registration/password_reset_form.html"
    success_url = reverse_lazy("password_reset_done")

    def form_valid(self, form: ForgottenPasswordForm) -> HttpResponse:
        if self._asked_too_often():
            form.add_error(
                None,
                _(
                    "Links were asked for too often from this address. Try again in an hour, or "
                    "ask the personnel department."
                ),
            )
            return self.render_to_response(self.get_context_data(form=form), status=429)
        # Whether there is such an account only the worker finds out: the answer takes no longer.
        tasks.send_password_link.delay(form.cleaned_data["name"])
        return super().form_valid(form)

    def _asked_too_often(self) -> bool:
        """Count this one; the window begins with the first, whoever it was for."""
        key, now = f"password-links-{client_ip(self.request)}", timezone.now()
        count, until = cache.get(key, (0, now))
        if until <= now:
            count, until = 0, now + LINKS_WINDOW
        left = (until - now).total_seconds()
        cache.set(key, (count + 1, until), timeout=max(left, 1))
        return bool(count >= LINKS_AT_MOST)


class ForgottenPasswordSent(auth_views.PasswordResetDoneView):
    extra_context = {"days": settings.PASSWORD_RESET_TIMEOUT // 86400}


@method_decorator(login_not_required, name="dispatch")
class SetPassword(auth_views.PasswordResetConfirmView):
    """Where the links of invitations and of forgotten passwords lead; each works once."""

    form_class = NewPasswordForm
    success_url = reverse_lazy("login")

    def dispatch(self, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user = self.get_user(kwargs["uidb64"])
        if user is not None and settings.LANGUAGE_COOKIE_NAME not in self.request.COOKIES:
            # Nothing was chosen in this browser: the page speaks the language of the letter.
            translation.activate(user.language)
        return super().dispatch(*args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "account": self.user if self.validlink else None,
            "days": settings.PASSWORD_RESET_TIMEOUT // 86400,
        }

    def form_valid(self, form: SetPasswordForm[User]) -> HttpResponse:
        response = super().form_valid(form)
        forget_failures(username=form.user.username)
        messages.success(self.request, _("The password is set. Sign in with it."))
        return response


@method_decorator(secret, name="dispatch")
class ChangePassword(OwnPage, auth_views.PasswordChangeView):
    title = _("Change the password")
    form_class = ChangePasswordForm
    template_name = "account/password_change.html"
    success_url = reverse_lazy("profile")

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        response = super().form_valid(form)
        messages.success(
            self.request, _("The password is changed. Other devices have to sign in again.")
        )
        return response


# --- the second factor ------------------------------------------------------------------------
@method_decorator(secret, name="dispatch")
class AskSecondFactor(OwnPage, FormView):
    """Asks for the code once a password has been accepted."""

    title = _("Second step")
    form_class = CodeForm
    template_name = "account/second_factor.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.me.is_verified() or not second_factor.is_set_up(self.me):
            return redirect(safe_next(request))
        return super().get(request, *args, **kwargs)

    def form_valid(self, form: CodeForm) -> HttpResponse:
        try:
            device = second_factor.verified_device(account=self.me, code=form.cleaned_data["code"])
        except ValidationError as refusal:
            form.add_error("code", refusal)
            return self.form_invalid(form)
        otp_login(self.request, device)
        left = second_factor.codes_left(self.me)
        if left < 3:
            messages.warning(
                self.request,
                _("Few recovery codes are left: %(left)d. Make new ones in your account.")
                % {"left": left},
            )
        return redirect(safe_next(self.request))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"next": safe_next(self.request)}


@method_decorator(secret, name="dispatch")
class SetUpSecondFactor(OwnPage, FormView):
    """Offers a key and takes it into use once a code made with it has been typed."""

    title = _("Second factor")
    form_class = CodeForm
    template_name = "account/second_factor_setup.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if second_factor.is_set_up(self.me):
            # Never a second key for who knows the password alone.
            verified = self.me.is_verified()
            return redirect("profile" if verified else "second_factor")
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: CodeForm) -> HttpResponse:
        try:
            device, codes = second_factor.confirm(
                account=self.me,
                code=form.cleaned_data["code"],
                offered=self.request.session.get(OFFERED),
            )
        except ValidationError as refusal:
            form.add_error("code", refusal)
            return self.form_invalid(form)
        otp_login(self.request, device)
        return _show_codes(self.request, codes, safe_next(self.request))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        device = second_factor.device_to_confirm(self.me, offered=self.request.session.get(OFFERED))
        self.request.session[OFFERED] = device.pk
        return super().get_context_data(**kwargs) | {
            "picture": second_factor.picture(device),
            "key": second_factor.key_in_letters(device),
            "obligatory": self.me.must_use_second_factor,
            "next": safe_next(self.request),
        }


def _show_codes(request: HttpRequest, codes: list[str], onward: str) -> HttpResponse:
    context = {"page_title": _("Recovery codes"), "codes": codes, "onward": onward}
    return render(request, "account/recovery_codes.html", context)


@method_decorator(secret, name="dispatch")
class RenewRecoveryCodes(OwnPage, FormView):
    title = _("New recovery codes")
    form_class = OwnPasswordForm
    template_name = "components/confirm.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not second_factor.is_set_up(self.me):
            return redirect("profile")
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"request": self.request}

    def form_valid(self, form: OwnPasswordForm) -> HttpResponse:
        codes = second_factor.renew_codes(account=self.me)
        return _show_codes(self.request, codes, reverse("profile"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "sentence": _("Ten new recovery codes take the place of the old ones."),
            "submit": _("Make new codes"),
            "cancel_url": reverse("profile"),
            "harmless": True,
        }


@method_decorator(secret, name="dispatch")
class RemoveSecondFactor(OwnPage, FormView):
    """Asks for the password; refused where a role obliges."""

    title = _("Remove the second factor")
    form_class = OwnPasswordForm
    template_name = "components/confirm.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.me.must_use_second_factor:
            messages.error(request, _("Your role obliges you to use a second factor, so it stays."))
            return redirect("profile")
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"request": self.request}

    def form_valid(self, form: OwnPasswordForm) -> HttpResponse:
        second_factor.remove(account=self.me)
        messages.success(self.request, _("The second factor is removed."))
        return redirect("profile")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "sentence": _("From then on the password alone opens your account."),
            "submit": _("Remove"),
            "cancel_url": reverse("profile"),
        }


# --- one's settings ---------------------------------------------------------------------------
@method_decorator(secret, name="dispatch")
class Profile(OwnPage, FormView):
    """Language, e-mail, password, second factor; and what the registry knows, to read."""

    title = _("My account")
    form_class = ProfileForm
    template_name = "account/profile.html"
    success_url = reverse_lazy("profile")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"account": self.me}

    def form_valid(self, form: ProfileForm) -> HttpResponseRedirect:
        language = form.cleaned_data["language"]
        accounts.change_own_account(
            account=self.me, email=form.cleaned_data["email"], language=language
        )
        translation.activate(language)
        messages.success(self.request, _("Saved."))
        return redirect("profile")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.me
        posts = Post.objects.none()
        if user.person_id:
            posts = Post.objects.filter(person_id=user.person_id).held(today())
        return super().get_context_data(**kwargs) | {
            "posts": posts.select_related("unit"),
            "roles": [label for name, label in Role.choices if name in user.roles],
            "has_second_factor": second_factor.is_set_up(user),
            "codes_left": second_factor.codes_left(user),
        }
