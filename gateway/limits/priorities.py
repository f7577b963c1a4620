"""Which calls go first when not all can: money that is moving already, then money that is about to."""

from enum import IntEnum


class Priority(IntEnum):
    """The class of an rpc. A gateway that fills up refuses the highest numbers first."""

    MONEY_MOVED = 0  # a payment is under way: finish it, undo it, or find out what became of it
    PAY = 1
    BATCH_PAY = 2
    CREATE = 3
    QUOTE = 4
    REST = 5
    WATCH = 6  # streams that last for hours; counted apart


# The share of the places, in percent, up to which a class is let in.
SHARE_PERCENT: dict[Priority, int] = {
    Priority.MONEY_MOVED: 100,
    Priority.PAY: 90,
    Priority.BATCH_PAY: 80,
    Priority.CREATE: 70,
    Priority.QUOTE: 60,
    Priority.REST: 50,
}

PRIORITIES: dict[str, Priority] = {
    "BindingService/StartBinding": Priority.QUOTE,
    "BindingService/ConfirmBinding": Priority.QUOTE,
    "BindingService/GetBinding": Priority.QUOTE,
    "BindingService/ListBindings": Priority.REST,
    "BindingService/Unbind": Priority.QUOTE,
    "BindingService/IssuePayCode": Priority.CREATE,
    "BindingService/AddFamilyMember": Priority.QUOTE,
    "BindingService/RemoveFamilyMember": Priority.QUOTE,
    "BindingService/ListFamilyMembers": Priority.REST,
    "BindingService/ListRegions": Priority.REST,
    "PaymentService/CreateOrder": Priority.CREATE,
    "PaymentService/AttachPayCode": Priority.CREATE,
    "PaymentService/GetOrder": Priority.MONEY_MOVED,
    "PaymentService/QuoteOrder": Priority.QUOTE,
    "PaymentService/Pay": Priority.PAY,
    "PaymentService/BatchPay": Priority.BATCH_PAY,
    "PaymentService/ConfirmCash": Priority.MONEY_MOVED,
    "PaymentService/CancelOrder": Priority.MONEY_MOVED,
    "PaymentService/Refund": Priority.MONEY_MOVED,
    "PaymentService/GetRefund": Priority.MONEY_MOVED,
    "PaymentService/ConfirmCashRefund": Priority.MONEY_MOVED,
    "PaymentService/WatchOrders": Priority.WATCH,
    "AccountService/GetAccount": Priority.QUOTE,
    "SettlementService/CloseWindow": Priority.REST,
    "SettlementService/GetWindow": Priority.REST,
    "SettlementService/ListWindows": Priority.REST,
    "SettlementService/DownloadStatement": Priority.REST,
    "SettlementService/ConfirmPayout": Priority.REST,
    # The bureau must be able to suspend whoever floods the gateway.
    "OperatorService/PutParty": Priority.MONEY_MOVED,
    "OperatorService/ListParties": Priority.REST,
    "OperatorService/PutInstitution": Priority.REST,
    "OperatorService/ListInstitutions": Priority.REST,
    "OperatorService/PutPolicy": Priority.REST,
    "OperatorService/GetPolicy": Priority.REST,
    "OperatorService/ImportPersons": Priority.REST,
    "OperatorService/PostCredits": Priority.REST,
    "OperatorService/ImportSettlements": Priority.REST,
    "OperatorService/ActivatePolicy": Priority.REST,
    "OperatorService/ListPolicies": Priority.REST,
    "OperatorService/PutCatalogue": Priority.REST,
    "OperatorService/GetCatalogueItem": Priority.REST,
    "OperatorService/ExplainSplit": Priority.REST,
    "OperatorService/PutPlan": Priority.REST,
    "OperatorService/ListPlans": Priority.REST,
    "OperatorService/ImportEnrolments": Priority.REST,
    "RiskService/AssessOrder": Priority.REST,
    "RiskService/GetAssessment": Priority.REST,
    "RiskService/ListAssessments": Priority.REST,
    "RiskService/ReviewAssessment": Priority.REST,
    "RiskService/PutListEntries": Priority.REST,
    "RiskService/DeleteListEntry": Priority.REST,
    "RiskService/ListListEntries": Priority.REST,
    "RiskService/PutRiskModel": Priority.REST,
    "RiskService/PutRiskPolicy": Priority.REST,
    "RiskService/ActivateRiskPolicy": Priority.REST,
    "RiskService/ListRiskPolicies": Priority.REST,
    "RiskService/RunBacktest": Priority.REST,
}
