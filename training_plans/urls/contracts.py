"""Addresses of training contracts."""

from django.urls import path

from training_plans.views import contracts

urlpatterns = [
    path("contracts/", contracts.ContractListPage.as_view(), name="contract_list"),
    path("contracts/<int:pk>/", contracts.ContractPage.as_view(), name="contract"),
    path("contracts/<int:pk>/edit/", contracts.ContractEditPage.as_view(), name="contract_edit"),
    path("contracts/<int:pk>/issue/", contracts.ContractIssuePage.as_view(), name="contract_issue"),
    path(
        "contracts/<int:pk>/rewrite/",
        contracts.ContractRewritePage.as_view(),
        name="contract_rewrite",
    ),
    path("contracts/<int:pk>/sign/", contracts.ContractSignPage.as_view(), name="contract_sign"),
    path(
        "contracts/<int:pk>/scan/file/",
        contracts.ContractScanFile.as_view(),
        name="contract_scan_file",
    ),
    path("contracts/<int:pk>/leave/", contracts.ContractLeavePage.as_view(), name="contract_leave"),
    path(
        "contracts/<int:pk>/leave/sum/",
        contracts.ContractSumPage.as_view(),
        name="contract_leave_sum",
    ),
    path("contracts/<int:pk>/refund/", contracts.ContractPaidPage.as_view(), name="contract_paid"),
    path(
        "contracts/<int:pk>/take-back/",
        contracts.ContractTakeBackPage.as_view(),
        name="contract_take_back",
    ),
    path("contracts/<int:pk>/waive/", contracts.ContractWaivePage.as_view(), name="contract_waive"),
    path(
        "contracts/<int:pk>/fulfil/", contracts.ContractFulfilPage.as_view(), name="contract_fulfil"
    ),
]
