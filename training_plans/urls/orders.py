"""Addresses of orders."""

from django.urls import path

from training_plans.views import orders

urlpatterns = [
    path("orders/", orders.OrderListPage.as_view(), name="order_list"),
    path("orders/new/", orders.OrderNewPage.as_view(), name="order_new"),
    path("orders/<int:pk>/", orders.OrderPage.as_view(), name="order"),
    path("orders/<int:pk>/edit/", orders.OrderEditPage.as_view(), name="order_edit"),
    path("orders/<int:pk>/issue/", orders.OrderIssuePage.as_view(), name="order_issue"),
    path("orders/<int:pk>/discard/", orders.OrderDiscardPage.as_view(), name="order_discard"),
    path("orders/<int:pk>/add/", orders.OrderAddPage.as_view(), name="order_add_case"),
    path("orders/<int:pk>/scan/", orders.OrderScanPage.as_view(), name="order_scan"),
    path("orders/<int:pk>/scan/file/", orders.OrderScanFile.as_view(), name="order_scan_file"),
    path("orders/<int:pk>/change/", orders.OrderChangePage.as_view(), name="order_change"),
    path("orders/<int:pk>/cancel/", orders.OrderCancelPage.as_view(), name="order_cancel"),
    path(
        "orders/lines/<int:pk>/take-out/", orders.LineTakeOutPage.as_view(), name="order_take_out"
    ),
    path("orders/lines/<int:pk>/acquaint/", orders.AcquaintPage.as_view(), name="order_acquaint"),
]
