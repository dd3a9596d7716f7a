"""Addresses of signing in, of one's own account, and of everybody's accounts."""

from django.urls import path

from staff.views import account, accounts

urlpatterns = [
    path("login/", account.SignIn.as_view(), name="login"),
    path("logout/", account.SignOut.as_view(), name="logout"),
    path("password/forgotten/", account.ForgottenPassword.as_view(), name="password_reset"),
    path(
        "password/forgotten/sent/",
        account.ForgottenPasswordSent.as_view(),
        name="password_reset_done",
    ),
    path(
        "password/set/<uidb64>/<token>/",
        account.SetPassword.as_view(),
        name="password_reset_confirm",
    ),
    path("password/change/", account.ChangePassword.as_view(), name="password_change"),
    path("profile/", account.Profile.as_view(), name="profile"),
    path("second-factor/", account.AskSecondFactor.as_view(), name="second_factor"),
    path("second-factor/set-up/", account.SetUpSecondFactor.as_view(), name="second_factor_setup"),
    path(
        "second-factor/remove/",
        account.RemoveSecondFactor.as_view(),
        name="second_factor_remove",
    ),
    path(
        "second-factor/codes/",
        account.RenewRecoveryCodes.as_view(),
        name="second_factor_codes",
    ),
    path("accounts/", accounts.AccountList.as_view(), name="accounts"),
    path("accounts/new/", accounts.NewAccount.as_view(), name="account_new"),
    path("accounts/invite-again/", accounts.InviteAgain.as_view(), name="account_invite_again"),
    path("accounts/<int:pk>/", accounts.AccountPage.as_view(), name="account"),
    path("accounts/<int:pk>/edit/", accounts.ChangeAccount.as_view(), name="account_edit"),
    path(
        "accounts/<int:pk>/remove-second-factor/",
        accounts.RemoveTheirSecondFactor.as_view(),
        name="account_second_factor_remove",
    ),
    path("invite/", accounts.InviteList.as_view(), name="invite"),
    path("invite/confirm/", accounts.InvitePeople.as_view(), name="invite_people"),
    path("roles/", accounts.Roles.as_view(), name="roles"),
]
