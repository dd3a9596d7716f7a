"""Orders and contracts as they would be issued now, with a watermark."""

from __future__ import annotations

from functools import cached_property

from django.shortcuts import get_object_or_404

from reports.documents.kinds import Data
from training_plans.case_papers import contract_data, order_data
from training_plans.models import Contract, Order
from workflow.calendar import today

from .papers import DraftPage


class OrderDraftView(DraftPage):
    permission = "training_plans.issue_order"
    kind_name = "order"
    clause = "7.1"

    @cached_property
    def order(self) -> Order:
        orders = Order.objects.visible_to(self.request.user).select_related("refers_to")
        return get_object_or_404(orders, pk=self.kwargs["pk"])

    def data(self) -> Data:
        return order_data(self.order, on=today())


class ContractDraftView(DraftPage):
    permission = "training_plans.view_contract"
    kind_name = "contract"
    clause = "3.8"

    def get_permission_object(self) -> Contract:
        return self.contract

    @cached_property
    def contract(self) -> Contract:
        contracts = Contract.objects.visible_to(self.request.user)
        return get_object_or_404(contracts.select_related("application"), pk=self.kwargs["pk"])

    def data(self) -> Data:
        return contract_data(self.contract, on=today())
