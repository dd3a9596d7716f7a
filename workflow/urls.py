"""The one address of this floor; everybody may open it."""

from django.urls import path

from .views import VerificationView

urlpatterns = [
    path("verify/<slug:token>/", VerificationView.as_view(), name="verification"),
]
