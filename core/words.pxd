"""The numbers that the contract and the core share; a test holds them to the proto."""


cpdef enum OrderState:
    ORDER_OPEN = 1
    ORDER_AUTHORIZING = 2
    ORDER_STEP_UP = 3
    ORDER_IN_REVIEW = 4
    ORDER_AUTHORIZED = 5
    ORDER_PAID = 6
    ORDER_PARTIALLY_REFUNDED = 7
    ORDER_REFUNDED = 8
    ORDER_VOIDED = 9
    ORDER_CLOSED = 10
    ORDER_IN_DOUBT = 11
    ORDER_NEEDS_REVIEW = 12


cpdef enum LegState:
    LEG_NONE = 1
    LEG_REQUESTED = 2
    LEG_HELD = 3
    LEG_POSTED = 4
    LEG_VOIDED = 5
    LEG_PARTIALLY_REFUNDED = 6
    LEG_REFUNDED = 7
    LEG_UNKNOWN = 8
    LEG_FAILED = 9
    LEG_CASH_TO_RETURN = 10


cpdef enum RefundKind:
    REFUND_ALL = 1
    REFUND_CASH = 2
    REFUND_INSURANCE = 3
    REFUND_LINES = 4


cpdef enum OrderKind:
    KIND_MIXED = 1
    KIND_INSURANCE_ONLY = 2
    KIND_CASH_ONLY = 3


cpdef enum Service:
    SERVICE_OUTPATIENT = 1
    SERVICE_INPATIENT = 2
    SERVICE_PHARMACY = 3
    SERVICE_CHRONIC = 4


cpdef enum TenderKind:
    TENDER_POOLED = 1
    TENDER_MAJOR = 2
    TENDER_CIVIL_SERVANT = 3
    TENDER_ASSISTANCE = 4
    TENDER_OTHER_FUND = 5
    TENDER_HOSPITAL = 6
    TENDER_ACCOUNT_CURRENT = 7
    TENDER_ACCOUNT_PRIOR = 8
    TENDER_FAMILY_ACCOUNT = 9
    TENDER_COMMERCIAL = 10
    TENDER_CASH = 11


cpdef enum Role:
    ROLE_CHANNEL = 1
    ROLE_INSTITUTION = 2
    ROLE_BUREAU = 3
    ROLE_MESH = 4


cpdef enum UserAuthentication:
    AUTHENTICATION_NONE = 1
    AUTHENTICATION_PASSWORD = 2
    AUTHENTICATION_CODE = 3
    AUTHENTICATION_FACE = 4


cpdef enum EventKind:             # what the journal says happened
    EVENT_ORDER_CREATED = 1
    EVENT_ORDER_CLAIMED = 2
    EVENT_ORDER_AUTHORIZED = 3
    EVENT_ORDER_PAID = 4
    EVENT_ORDER_VOIDED = 5
    EVENT_ORDER_CLOSED = 6
    EVENT_ORDER_REFUNDED = 7
    EVENT_CASH_REFUNDED = 8       # the channel gave the cash of a refund back
    EVENT_CASH_TO_RETURN = 9      # cash was taken for what cannot be paid with it
    EVENT_CASH_RETURNED = 10      # the channel gave such cash back
    EVENT_RISK_ANSWERED = 11      # risk wants a proof or a person first, or declined
    EVENT_RISK_JUDGED = 12        # a person has decided the case of a payment
    EVENT_DESK = 20               # anything else: people, parties, policies, bindings, windows


cpdef enum Reason:                # why a command was refused; 0 is done. Numbers of error_reason.proto
    DONE = 0
    ORDER_NOT_FOUND = 20
    ORDER_NOT_YOURS = 21
    ORDER_EXPIRED = 23
    ORDER_IS_CLOSED = 24
    ORDER_ALREADY_PAID = 25
    ORDER_NOT_AUTHORIZED = 26
    ORDER_NOT_PAID = 27
    ORDER_ALREADY_REFUNDED = 28
    ORDER_NOT_CLAIMED = 29
    AMOUNT_OUT_OF_RANGE = 31
    QUOTE_CHANGED = 32
    CASH_AMOUNT_MISMATCH = 33
    CASH_NOT_ALLOWED = 34
    CASH_REDUCTION_TOO_LARGE = 35
    AUTHENTICATION_REQUIRED = 39
    ORDER_CLAIMED_BY_ANOTHER = 40
    NOTHING_TO_RETURN = 41
    REGION_UNKNOWN = 70
    NO_RULE_FOR_BILL = 71
    BENEFIT_YEAR_CLOSED = 73
    PERSON_NOT_FOUND = 74
    BALANCE_OUT_OF_RANGE = 77
    NO_POLICY_ON_DATE = 85
    PLAN_NOT_FOUND = 110
    PLAN_NOT_FOR_REGION = 111
    PLANS_OVERLAP = 112
    NOTHING_TO_REFUND = 133
    CASH_REFUND_TOO_LARGE = 134
    TOO_MANY_CASH_REFUNDS = 135
    CASH_REFUND_TOO_LATE = 136
    REFUND_KIND_NOT_FITTING = 137
    LATER_BILLS_STAND = 138
    RISK_STEP_UP = 160
    RISK_IN_REVIEW = 161
    RISK_DECLINED = 162
    RISK_PROOF_UNKNOWN = 163
    RISK_PROOF_EXPIRED = 164
    RISK_PROOF_NOT_FITTING = 165
    SETTLEMENT_HELD = 166
    ASSESSMENT_NOT_FOUND = 170
