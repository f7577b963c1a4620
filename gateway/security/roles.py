"""Which role may call which rpc. What a role may see of the answer is decided where the answer is made (views)."""

from gateway.pb.medsettle.v1.enums_pb2 import ROLE_BUREAU, ROLE_CHANNEL, ROLE_INSTITUTION, ROLE_MESH

_CHANNEL = frozenset({ROLE_CHANNEL})
_INSTITUTION = frozenset({ROLE_INSTITUTION})
_BUREAU = frozenset({ROLE_BUREAU})
_EVERYBODY = frozenset({ROLE_CHANNEL, ROLE_INSTITUTION, ROLE_BUREAU, ROLE_MESH})

ROLES: dict[str, frozenset[int]] = {
    "BindingService/StartBinding": _CHANNEL,
    "BindingService/ConfirmBinding": _CHANNEL,
    "BindingService/GetBinding": _CHANNEL,
    "BindingService/ListBindings": _CHANNEL,
    "BindingService/Unbind": _CHANNEL,
    "BindingService/IssuePayCode": _CHANNEL,
    "BindingService/AddFamilyMember": _CHANNEL,
    "BindingService/RemoveFamilyMember": _CHANNEL,
    "BindingService/ListFamilyMembers": _CHANNEL,
    "BindingService/ListRegions": _CHANNEL,
    "PaymentService/CreateOrder": _INSTITUTION,
    "PaymentService/AttachPayCode": _INSTITUTION,
    "PaymentService/GetOrder": _EVERYBODY,
    "PaymentService/QuoteOrder": _CHANNEL,
    "PaymentService/Pay": _CHANNEL,
    "PaymentService/BatchPay": _CHANNEL,
    "PaymentService/ConfirmCash": _CHANNEL,
    "PaymentService/CancelOrder": _CHANNEL | _INSTITUTION,
    "PaymentService/Refund": _INSTITUTION,
    "PaymentService/GetRefund": _EVERYBODY,
    "PaymentService/ConfirmCashRefund": _CHANNEL,
    "PaymentService/WatchOrders": _EVERYBODY,
    "AccountService/GetAccount": _CHANNEL | _BUREAU,
    "SettlementService/CloseWindow": _BUREAU,
    "SettlementService/GetWindow": _BUREAU | _INSTITUTION,
    "SettlementService/ListWindows": _BUREAU | _INSTITUTION,
    "SettlementService/DownloadStatement": _BUREAU | _INSTITUTION,
    "SettlementService/ConfirmPayout": _BUREAU,
    "OperatorService/PutParty": _BUREAU,
    "OperatorService/ListParties": _BUREAU,
    "OperatorService/PutInstitution": _BUREAU,
    "OperatorService/ListInstitutions": _BUREAU,
    "OperatorService/PutPolicy": _BUREAU,
    "OperatorService/GetPolicy": _BUREAU,
    "OperatorService/ImportPersons": _BUREAU,
    "OperatorService/PostCredits": _BUREAU,
    "OperatorService/ImportSettlements": _BUREAU,
    "OperatorService/ActivatePolicy": _BUREAU,
    "OperatorService/ListPolicies": _BUREAU,
    "OperatorService/PutCatalogue": _BUREAU,
    "OperatorService/GetCatalogueItem": _BUREAU,
    "OperatorService/ExplainSplit": _BUREAU,
    "OperatorService/PutPlan": _BUREAU,
    "OperatorService/ListPlans": _BUREAU,
    "OperatorService/ImportEnrolments": _BUREAU,
}
