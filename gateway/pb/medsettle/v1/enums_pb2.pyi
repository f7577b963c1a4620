from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor

class Scheme(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SCHEME_UNSPECIFIED: _ClassVar[Scheme]
    SCHEME_EMPLOYEE: _ClassVar[Scheme]
    SCHEME_RESIDENT: _ClassVar[Scheme]

class Service(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SERVICE_UNSPECIFIED: _ClassVar[Service]
    SERVICE_OUTPATIENT: _ClassVar[Service]
    SERVICE_INPATIENT: _ClassVar[Service]
    SERVICE_PHARMACY: _ClassVar[Service]
    SERVICE_CHRONIC: _ClassVar[Service]

class InstitutionLevel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INSTITUTION_LEVEL_UNSPECIFIED: _ClassVar[InstitutionLevel]
    INSTITUTION_LEVEL_COMMUNITY: _ClassVar[InstitutionLevel]
    INSTITUTION_LEVEL_LEVEL1: _ClassVar[InstitutionLevel]
    INSTITUTION_LEVEL_LEVEL2: _ClassVar[InstitutionLevel]
    INSTITUTION_LEVEL_LEVEL3: _ClassVar[InstitutionLevel]
    INSTITUTION_LEVEL_LEVEL3_TOP: _ClassVar[InstitutionLevel]
    INSTITUTION_LEVEL_PHARMACY: _ClassVar[InstitutionLevel]

class PersonStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PERSON_STATUS_UNSPECIFIED: _ClassVar[PersonStatus]
    PERSON_STATUS_ACTIVE: _ClassVar[PersonStatus]
    PERSON_STATUS_RETIRED: _ClassVar[PersonStatus]
    PERSON_STATUS_RESIDENT: _ClassVar[PersonStatus]
    PERSON_STATUS_STUDENT: _ClassVar[PersonStatus]
    PERSON_STATUS_ELDER: _ClassVar[PersonStatus]

class Referral(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REFERRAL_UNSPECIFIED: _ClassVar[Referral]
    REFERRAL_LOCAL: _ClassVar[Referral]
    REFERRAL_FILED: _ClassVar[Referral]
    REFERRAL_TRANSFER: _ClassVar[Referral]
    REFERRAL_EMERGENCY: _ClassVar[Referral]
    REFERRAL_UNFILED: _ClassVar[Referral]

class Assistance(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ASSISTANCE_UNSPECIFIED: _ClassVar[Assistance]
    ASSISTANCE_NONE: _ClassVar[Assistance]
    ASSISTANCE_LOW_INCOME: _ClassVar[Assistance]
    ASSISTANCE_DESTITUTE: _ClassVar[Assistance]
    ASSISTANCE_REGISTERED_POOR: _ClassVar[Assistance]

class ItemClass(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ITEM_CLASS_UNSPECIFIED: _ClassVar[ItemClass]
    ITEM_CLASS_A: _ClassVar[ItemClass]
    ITEM_CLASS_B: _ClassVar[ItemClass]
    ITEM_CLASS_C: _ClassVar[ItemClass]

class OrderState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ORDER_STATE_UNSPECIFIED: _ClassVar[OrderState]
    ORDER_STATE_OPEN: _ClassVar[OrderState]
    ORDER_STATE_AUTHORIZING: _ClassVar[OrderState]
    ORDER_STATE_STEP_UP: _ClassVar[OrderState]
    ORDER_STATE_IN_REVIEW: _ClassVar[OrderState]
    ORDER_STATE_AUTHORIZED: _ClassVar[OrderState]
    ORDER_STATE_PAID: _ClassVar[OrderState]
    ORDER_STATE_PARTIALLY_REFUNDED: _ClassVar[OrderState]
    ORDER_STATE_REFUNDED: _ClassVar[OrderState]
    ORDER_STATE_VOIDED: _ClassVar[OrderState]
    ORDER_STATE_CLOSED: _ClassVar[OrderState]
    ORDER_STATE_IN_DOUBT: _ClassVar[OrderState]
    ORDER_STATE_NEEDS_REVIEW: _ClassVar[OrderState]

class LegState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LEG_STATE_UNSPECIFIED: _ClassVar[LegState]
    LEG_STATE_NONE: _ClassVar[LegState]
    LEG_STATE_REQUESTED: _ClassVar[LegState]
    LEG_STATE_HELD: _ClassVar[LegState]
    LEG_STATE_POSTED: _ClassVar[LegState]
    LEG_STATE_VOIDED: _ClassVar[LegState]
    LEG_STATE_PARTIALLY_REFUNDED: _ClassVar[LegState]
    LEG_STATE_REFUNDED: _ClassVar[LegState]
    LEG_STATE_UNKNOWN: _ClassVar[LegState]
    LEG_STATE_FAILED: _ClassVar[LegState]
    LEG_STATE_CASH_TO_RETURN: _ClassVar[LegState]

class OrderKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ORDER_KIND_UNSPECIFIED: _ClassVar[OrderKind]
    ORDER_KIND_MIXED: _ClassVar[OrderKind]
    ORDER_KIND_INSURANCE_ONLY: _ClassVar[OrderKind]
    ORDER_KIND_CASH_ONLY: _ClassVar[OrderKind]

class BindingState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BINDING_STATE_UNSPECIFIED: _ClassVar[BindingState]
    BINDING_STATE_PENDING: _ClassVar[BindingState]
    BINDING_STATE_ACTIVE: _ClassVar[BindingState]
    BINDING_STATE_UNBOUND: _ClassVar[BindingState]

class FamilyRelation(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FAMILY_RELATION_UNSPECIFIED: _ClassVar[FamilyRelation]
    FAMILY_RELATION_SPOUSE: _ClassVar[FamilyRelation]
    FAMILY_RELATION_PARENT: _ClassVar[FamilyRelation]
    FAMILY_RELATION_CHILD: _ClassVar[FamilyRelation]
    FAMILY_RELATION_SIBLING: _ClassVar[FamilyRelation]
    FAMILY_RELATION_GRANDPARENT: _ClassVar[FamilyRelation]
    FAMILY_RELATION_GRANDCHILD: _ClassVar[FamilyRelation]

class FamilyLinkState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FAMILY_LINK_STATE_UNSPECIFIED: _ClassVar[FamilyLinkState]
    FAMILY_LINK_STATE_ACTIVE: _ClassVar[FamilyLinkState]
    FAMILY_LINK_STATE_ENDED: _ClassVar[FamilyLinkState]

class RefundState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REFUND_STATE_UNSPECIFIED: _ClassVar[RefundState]
    REFUND_STATE_CASH_PENDING: _ClassVar[RefundState]
    REFUND_STATE_COMPLETED: _ClassVar[RefundState]

class RefundKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REFUND_KIND_UNSPECIFIED: _ClassVar[RefundKind]
    REFUND_KIND_ALL: _ClassVar[RefundKind]
    REFUND_KIND_CASH: _ClassVar[RefundKind]
    REFUND_KIND_INSURANCE: _ClassVar[RefundKind]
    REFUND_KIND_LINES: _ClassVar[RefundKind]

class ReceiptState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RECEIPT_STATE_UNSPECIFIED: _ClassVar[ReceiptState]
    RECEIPT_STATE_APPLIED: _ClassVar[ReceiptState]
    RECEIPT_STATE_TO_RETURN: _ClassVar[ReceiptState]
    RECEIPT_STATE_RETURNED: _ClassVar[ReceiptState]

class WindowState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    WINDOW_STATE_UNSPECIFIED: _ClassVar[WindowState]
    WINDOW_STATE_CLOSED: _ClassVar[WindowState]
    WINDOW_STATE_PAID_OUT: _ClassVar[WindowState]

class CreditKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CREDIT_KIND_UNSPECIFIED: _ClassVar[CreditKind]
    CREDIT_KIND_OPENING_BALANCE: _ClassVar[CreditKind]
    CREDIT_KIND_MONTHLY_CREDIT: _ClassVar[CreditKind]
    CREDIT_KIND_INTEREST: _ClassVar[CreditKind]
    CREDIT_KIND_CORRECTION: _ClassVar[CreditKind]

class Role(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ROLE_UNSPECIFIED: _ClassVar[Role]
    ROLE_CHANNEL: _ClassVar[Role]
    ROLE_INSTITUTION: _ClassVar[Role]
    ROLE_BUREAU: _ClassVar[Role]
    ROLE_MESH: _ClassVar[Role]

class UserAuthentication(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    USER_AUTHENTICATION_UNSPECIFIED: _ClassVar[UserAuthentication]
    USER_AUTHENTICATION_NONE: _ClassVar[UserAuthentication]
    USER_AUTHENTICATION_PASSWORD: _ClassVar[UserAuthentication]
    USER_AUTHENTICATION_CODE: _ClassVar[UserAuthentication]
    USER_AUTHENTICATION_FACE: _ClassVar[UserAuthentication]

class CredentialKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CREDENTIAL_KIND_UNSPECIFIED: _ClassVar[CredentialKind]
    CREDENTIAL_KIND_E_VOUCHER: _ClassVar[CredentialKind]
    CREDENTIAL_KIND_ID_CARD: _ClassVar[CredentialKind]
    CREDENTIAL_KIND_SOCIAL_SECURITY_CARD: _ClassVar[CredentialKind]

class IdDocumentKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ID_DOCUMENT_KIND_UNSPECIFIED: _ClassVar[IdDocumentKind]
    ID_DOCUMENT_KIND_ID_CARD: _ClassVar[IdDocumentKind]
    ID_DOCUMENT_KIND_HOUSEHOLD_REGISTRATION: _ClassVar[IdDocumentKind]
    ID_DOCUMENT_KIND_FOREIGNER_PASSPORT: _ClassVar[IdDocumentKind]
    ID_DOCUMENT_KIND_MAINLAND_TRAVEL_PERMIT_FOR_TW: _ClassVar[IdDocumentKind]
    ID_DOCUMENT_KIND_MAINLAND_TRAVEL_PERMIT_FOR_MO: _ClassVar[IdDocumentKind]
    ID_DOCUMENT_KIND_MAINLAND_TRAVEL_PERMIT_FOR_HK: _ClassVar[IdDocumentKind]
    ID_DOCUMENT_KIND_FOREIGN_PERMANENT_RESIDENT: _ClassVar[IdDocumentKind]

class Scenario(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SCENARIO_UNSPECIFIED: _ClassVar[Scenario]
    SCENARIO_REGISTRATION: _ClassVar[Scenario]
    SCENARIO_DIAGNOSIS: _ClassVar[Scenario]
    SCENARIO_COVID_EXAM: _ClassVar[Scenario]
    SCENARIO_INPATIENT: _ClassVar[Scenario]
    SCENARIO_PHARMACY: _ClassVar[Scenario]
    SCENARIO_INSURANCE_PREMIUM: _ClassVar[Scenario]
    SCENARIO_INTERNET_REGISTRATION: _ClassVar[Scenario]
    SCENARIO_INTERNET_FOLLOW_UP: _ClassVar[Scenario]
    SCENARIO_INTERNET_PRESCRIPTION: _ClassVar[Scenario]
    SCENARIO_COVID_ANTIGEN: _ClassVar[Scenario]
    SCENARIO_MEDICINE: _ClassVar[Scenario]

class TenderKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TENDER_KIND_UNSPECIFIED: _ClassVar[TenderKind]
    TENDER_KIND_POOLED: _ClassVar[TenderKind]
    TENDER_KIND_MAJOR: _ClassVar[TenderKind]
    TENDER_KIND_CIVIL_SERVANT: _ClassVar[TenderKind]
    TENDER_KIND_ASSISTANCE: _ClassVar[TenderKind]
    TENDER_KIND_OTHER_FUND: _ClassVar[TenderKind]
    TENDER_KIND_HOSPITAL: _ClassVar[TenderKind]
    TENDER_KIND_ACCOUNT_CURRENT: _ClassVar[TenderKind]
    TENDER_KIND_ACCOUNT_PRIOR: _ClassVar[TenderKind]
    TENDER_KIND_FAMILY_ACCOUNT: _ClassVar[TenderKind]
    TENDER_KIND_COMMERCIAL: _ClassVar[TenderKind]
    TENDER_KIND_CASH: _ClassVar[TenderKind]

class CashAdditionKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CASH_ADDITION_KIND_UNSPECIFIED: _ClassVar[CashAdditionKind]
    CASH_ADDITION_KIND_DEFAULT: _ClassVar[CashAdditionKind]
    CASH_ADDITION_KIND_FREIGHT: _ClassVar[CashAdditionKind]
    CASH_ADDITION_KIND_OTHER_MEDICAL_EXPENSES: _ClassVar[CashAdditionKind]

class CashReductionKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CASH_REDUCTION_KIND_UNSPECIFIED: _ClassVar[CashReductionKind]
    CASH_REDUCTION_KIND_DEFAULT: _ClassVar[CashReductionKind]
    CASH_REDUCTION_KIND_HOSPITAL_REDUCE: _ClassVar[CashReductionKind]
    CASH_REDUCTION_KIND_PHARMACY_DISCOUNT: _ClassVar[CashReductionKind]
    CASH_REDUCTION_KIND_DISCOUNT: _ClassVar[CashReductionKind]
    CASH_REDUCTION_KIND_PRE_PAYMENT: _ClassVar[CashReductionKind]
    CASH_REDUCTION_KIND_DEPOSIT_DEDUCTION: _ClassVar[CashReductionKind]

class Purse(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PURSE_UNSPECIFIED: _ClassVar[Purse]
    PURSE_CURRENT_YEAR: _ClassVar[Purse]
    PURSE_PRIOR_YEARS: _ClassVar[Purse]

class Sex(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SEX_UNSPECIFIED: _ClassVar[Sex]
    SEX_MALE: _ClassVar[Sex]
    SEX_FEMALE: _ClassVar[Sex]

class PolicyState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    POLICY_STATE_UNSPECIFIED: _ClassVar[PolicyState]
    POLICY_STATE_DRAFT: _ClassVar[PolicyState]
    POLICY_STATE_IN_FORCE: _ClassVar[PolicyState]
    POLICY_STATE_REPLACED: _ClassVar[PolicyState]

class ClassificationSource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CLASSIFICATION_SOURCE_UNSPECIFIED: _ClassVar[ClassificationSource]
    CLASSIFICATION_SOURCE_CATALOGUE: _ClassVar[ClassificationSource]
    CLASSIFICATION_SOURCE_INSTITUTION: _ClassVar[ClassificationSource]

class LoginAssurance(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LOGIN_ASSURANCE_UNSPECIFIED: _ClassVar[LoginAssurance]
    LOGIN_ASSURANCE_NONE: _ClassVar[LoginAssurance]
    LOGIN_ASSURANCE_PASSWORD: _ClassVar[LoginAssurance]
    LOGIN_ASSURANCE_CODE: _ClassVar[LoginAssurance]
    LOGIN_ASSURANCE_FACE: _ClassVar[LoginAssurance]

class UserPresence(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    USER_PRESENCE_UNSPECIFIED: _ClassVar[UserPresence]
    USER_PRESENCE_PRESENT: _ClassVar[UserPresence]
    USER_PRESENCE_ABSENT: _ClassVar[UserPresence]

class ProofKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PROOF_KIND_UNSPECIFIED: _ClassVar[ProofKind]
    PROOF_KIND_CODE: _ClassVar[ProofKind]
    PROOF_KIND_FACE: _ClassVar[ProofKind]
    PROOF_KIND_PASSWORD: _ClassVar[ProofKind]

class RiskDecision(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RISK_DECISION_UNSPECIFIED: _ClassVar[RiskDecision]
    RISK_DECISION_APPROVE: _ClassVar[RiskDecision]
    RISK_DECISION_REVIEW: _ClassVar[RiskDecision]
    RISK_DECISION_HOLD_SETTLEMENT: _ClassVar[RiskDecision]
    RISK_DECISION_STEP_UP: _ClassVar[RiskDecision]
    RISK_DECISION_WAIT: _ClassVar[RiskDecision]
    RISK_DECISION_DECLINE: _ClassVar[RiskDecision]

class ReviewState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REVIEW_STATE_UNSPECIFIED: _ClassVar[ReviewState]
    REVIEW_STATE_OPEN: _ClassVar[ReviewState]
    REVIEW_STATE_SECOND: _ClassVar[ReviewState]
    REVIEW_STATE_DECIDED: _ClassVar[ReviewState]

class ReviewVerdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REVIEW_VERDICT_UNSPECIFIED: _ClassVar[ReviewVerdict]
    REVIEW_VERDICT_SOUND: _ClassVar[ReviewVerdict]
    REVIEW_VERDICT_FRAUD: _ClassVar[ReviewVerdict]

class RiskListKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RISK_LIST_KIND_UNSPECIFIED: _ClassVar[RiskListKind]
    RISK_LIST_KIND_PERSON: _ClassVar[RiskListKind]
    RISK_LIST_KIND_DEVICE: _ClassVar[RiskListKind]
    RISK_LIST_KIND_NETWORK: _ClassVar[RiskListKind]
    RISK_LIST_KIND_INSTITUTION: _ClassVar[RiskListKind]

class RiskListEffect(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RISK_LIST_EFFECT_UNSPECIFIED: _ClassVar[RiskListEffect]
    RISK_LIST_EFFECT_ALLOW: _ClassVar[RiskListEffect]
    RISK_LIST_EFFECT_WATCH: _ClassVar[RiskListEffect]
    RISK_LIST_EFFECT_BLOCK: _ClassVar[RiskListEffect]
    RISK_LIST_EFFECT_BLOCK_FINAL: _ClassVar[RiskListEffect]

class RiskPolicyRole(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RISK_POLICY_ROLE_UNSPECIFIED: _ClassVar[RiskPolicyRole]
    RISK_POLICY_ROLE_LIVE: _ClassVar[RiskPolicyRole]
    RISK_POLICY_ROLE_CHALLENGER: _ClassVar[RiskPolicyRole]
    RISK_POLICY_ROLE_SHADOW: _ClassVar[RiskPolicyRole]
SCHEME_UNSPECIFIED: Scheme
SCHEME_EMPLOYEE: Scheme
SCHEME_RESIDENT: Scheme
SERVICE_UNSPECIFIED: Service
SERVICE_OUTPATIENT: Service
SERVICE_INPATIENT: Service
SERVICE_PHARMACY: Service
SERVICE_CHRONIC: Service
INSTITUTION_LEVEL_UNSPECIFIED: InstitutionLevel
INSTITUTION_LEVEL_COMMUNITY: InstitutionLevel
INSTITUTION_LEVEL_LEVEL1: InstitutionLevel
INSTITUTION_LEVEL_LEVEL2: InstitutionLevel
INSTITUTION_LEVEL_LEVEL3: InstitutionLevel
INSTITUTION_LEVEL_LEVEL3_TOP: InstitutionLevel
INSTITUTION_LEVEL_PHARMACY: InstitutionLevel
PERSON_STATUS_UNSPECIFIED: PersonStatus
PERSON_STATUS_ACTIVE: PersonStatus
PERSON_STATUS_RETIRED: PersonStatus
PERSON_STATUS_RESIDENT: PersonStatus
PERSON_STATUS_STUDENT: PersonStatus
PERSON_STATUS_ELDER: PersonStatus
REFERRAL_UNSPECIFIED: Referral
REFERRAL_LOCAL: Referral
REFERRAL_FILED: Referral
REFERRAL_TRANSFER: Referral
REFERRAL_EMERGENCY: Referral
REFERRAL_UNFILED: Referral
ASSISTANCE_UNSPECIFIED: Assistance
ASSISTANCE_NONE: Assistance
ASSISTANCE_LOW_INCOME: Assistance
ASSISTANCE_DESTITUTE: Assistance
ASSISTANCE_REGISTERED_POOR: Assistance
ITEM_CLASS_UNSPECIFIED: ItemClass
ITEM_CLASS_A: ItemClass
ITEM_CLASS_B: ItemClass
ITEM_CLASS_C: ItemClass
ORDER_STATE_UNSPECIFIED: OrderState
ORDER_STATE_OPEN: OrderState
ORDER_STATE_AUTHORIZING: OrderState
ORDER_STATE_STEP_UP: OrderState
ORDER_STATE_IN_REVIEW: OrderState
ORDER_STATE_AUTHORIZED: OrderState
ORDER_STATE_PAID: OrderState
ORDER_STATE_PARTIALLY_REFUNDED: OrderState
ORDER_STATE_REFUNDED: OrderState
ORDER_STATE_VOIDED: OrderState
ORDER_STATE_CLOSED: OrderState
ORDER_STATE_IN_DOUBT: OrderState
ORDER_STATE_NEEDS_REVIEW: OrderState
LEG_STATE_UNSPECIFIED: LegState
LEG_STATE_NONE: LegState
LEG_STATE_REQUESTED: LegState
LEG_STATE_HELD: LegState
LEG_STATE_POSTED: LegState
LEG_STATE_VOIDED: LegState
LEG_STATE_PARTIALLY_REFUNDED: LegState
LEG_STATE_REFUNDED: LegState
LEG_STATE_UNKNOWN: LegState
LEG_STATE_FAILED: LegState
LEG_STATE_CASH_TO_RETURN: LegState
ORDER_KIND_UNSPECIFIED: OrderKind
ORDER_KIND_MIXED: OrderKind
ORDER_KIND_INSURANCE_ONLY: OrderKind
ORDER_KIND_CASH_ONLY: OrderKind
BINDING_STATE_UNSPECIFIED: BindingState
BINDING_STATE_PENDING: BindingState
BINDING_STATE_ACTIVE: BindingState
BINDING_STATE_UNBOUND: BindingState
FAMILY_RELATION_UNSPECIFIED: FamilyRelation
FAMILY_RELATION_SPOUSE: FamilyRelation
FAMILY_RELATION_PARENT: FamilyRelation
FAMILY_RELATION_CHILD: FamilyRelation
FAMILY_RELATION_SIBLING: FamilyRelation
FAMILY_RELATION_GRANDPARENT: FamilyRelation
FAMILY_RELATION_GRANDCHILD: FamilyRelation
FAMILY_LINK_STATE_UNSPECIFIED: FamilyLinkState
FAMILY_LINK_STATE_ACTIVE: FamilyLinkState
FAMILY_LINK_STATE_ENDED: FamilyLinkState
REFUND_STATE_UNSPECIFIED: RefundState
REFUND_STATE_CASH_PENDING: RefundState
REFUND_STATE_COMPLETED: RefundState
REFUND_KIND_UNSPECIFIED: RefundKind
REFUND_KIND_ALL: RefundKind
REFUND_KIND_CASH: RefundKind
REFUND_KIND_INSURANCE: RefundKind
REFUND_KIND_LINES: RefundKind
RECEIPT_STATE_UNSPECIFIED: ReceiptState
RECEIPT_STATE_APPLIED: ReceiptState
RECEIPT_STATE_TO_RETURN: ReceiptState
RECEIPT_STATE_RETURNED: ReceiptState
WINDOW_STATE_UNSPECIFIED: WindowState
WINDOW_STATE_CLOSED: WindowState
WINDOW_STATE_PAID_OUT: WindowState
CREDIT_KIND_UNSPECIFIED: CreditKind
CREDIT_KIND_OPENING_BALANCE: CreditKind
CREDIT_KIND_MONTHLY_CREDIT: CreditKind
CREDIT_KIND_INTEREST: CreditKind
CREDIT_KIND_CORRECTION: CreditKind
ROLE_UNSPECIFIED: Role
ROLE_CHANNEL: Role
ROLE_INSTITUTION: Role
ROLE_BUREAU: Role
ROLE_MESH: Role
USER_AUTHENTICATION_UNSPECIFIED: UserAuthentication
USER_AUTHENTICATION_NONE: UserAuthentication
USER_AUTHENTICATION_PASSWORD: UserAuthentication
USER_AUTHENTICATION_CODE: UserAuthentication
USER_AUTHENTICATION_FACE: UserAuthentication
CREDENTIAL_KIND_UNSPECIFIED: CredentialKind
CREDENTIAL_KIND_E_VOUCHER: CredentialKind
CREDENTIAL_KIND_ID_CARD: CredentialKind
CREDENTIAL_KIND_SOCIAL_SECURITY_CARD: CredentialKind
ID_DOCUMENT_KIND_UNSPECIFIED: IdDocumentKind
ID_DOCUMENT_KIND_ID_CARD: IdDocumentKind
ID_DOCUMENT_KIND_HOUSEHOLD_REGISTRATION: IdDocumentKind
ID_DOCUMENT_KIND_FOREIGNER_PASSPORT: IdDocumentKind
ID_DOCUMENT_KIND_MAINLAND_TRAVEL_PERMIT_FOR_TW: IdDocumentKind
ID_DOCUMENT_KIND_MAINLAND_TRAVEL_PERMIT_FOR_MO: IdDocumentKind
ID_DOCUMENT_KIND_MAINLAND_TRAVEL_PERMIT_FOR_HK: IdDocumentKind
ID_DOCUMENT_KIND_FOREIGN_PERMANENT_RESIDENT: IdDocumentKind
SCENARIO_UNSPECIFIED: Scenario
SCENARIO_REGISTRATION: Scenario
SCENARIO_DIAGNOSIS: Scenario
SCENARIO_COVID_EXAM: Scenario
SCENARIO_INPATIENT: Scenario
SCENARIO_PHARMACY: Scenario
SCENARIO_INSURANCE_PREMIUM: Scenario
SCENARIO_INTERNET_REGISTRATION: Scenario
SCENARIO_INTERNET_FOLLOW_UP: Scenario
SCENARIO_INTERNET_PRESCRIPTION: Scenario
SCENARIO_COVID_ANTIGEN: Scenario
SCENARIO_MEDICINE: Scenario
TENDER_KIND_UNSPECIFIED: TenderKind
TENDER_KIND_POOLED: TenderKind
TENDER_KIND_MAJOR: TenderKind
TENDER_KIND_CIVIL_SERVANT: TenderKind
TENDER_KIND_ASSISTANCE: TenderKind
TENDER_KIND_OTHER_FUND: TenderKind
TENDER_KIND_HOSPITAL: TenderKind
TENDER_KIND_ACCOUNT_CURRENT: TenderKind
TENDER_KIND_ACCOUNT_PRIOR: TenderKind
TENDER_KIND_FAMILY_ACCOUNT: TenderKind
TENDER_KIND_COMMERCIAL: TenderKind
TENDER_KIND_CASH: TenderKind
CASH_ADDITION_KIND_UNSPECIFIED: CashAdditionKind
CASH_ADDITION_KIND_DEFAULT: CashAdditionKind
CASH_ADDITION_KIND_FREIGHT: CashAdditionKind
CASH_ADDITION_KIND_OTHER_MEDICAL_EXPENSES: CashAdditionKind
CASH_REDUCTION_KIND_UNSPECIFIED: CashReductionKind
CASH_REDUCTION_KIND_DEFAULT: CashReductionKind
CASH_REDUCTION_KIND_HOSPITAL_REDUCE: CashReductionKind
CASH_REDUCTION_KIND_PHARMACY_DISCOUNT: CashReductionKind
CASH_REDUCTION_KIND_DISCOUNT: CashReductionKind
CASH_REDUCTION_KIND_PRE_PAYMENT: CashReductionKind
CASH_REDUCTION_KIND_DEPOSIT_DEDUCTION: CashReductionKind
PURSE_UNSPECIFIED: Purse
PURSE_CURRENT_YEAR: Purse
PURSE_PRIOR_YEARS: Purse
SEX_UNSPECIFIED: Sex
SEX_MALE: Sex
SEX_FEMALE: Sex
POLICY_STATE_UNSPECIFIED: PolicyState
POLICY_STATE_DRAFT: PolicyState
POLICY_STATE_IN_FORCE: PolicyState
POLICY_STATE_REPLACED: PolicyState
CLASSIFICATION_SOURCE_UNSPECIFIED: ClassificationSource
CLASSIFICATION_SOURCE_CATALOGUE: ClassificationSource
CLASSIFICATION_SOURCE_INSTITUTION: ClassificationSource
LOGIN_ASSURANCE_UNSPECIFIED: LoginAssurance
LOGIN_ASSURANCE_NONE: LoginAssurance
LOGIN_ASSURANCE_PASSWORD: LoginAssurance
LOGIN_ASSURANCE_CODE: LoginAssurance
LOGIN_ASSURANCE_FACE: LoginAssurance
USER_PRESENCE_UNSPECIFIED: UserPresence
USER_PRESENCE_PRESENT: UserPresence
USER_PRESENCE_ABSENT: UserPresence
PROOF_KIND_UNSPECIFIED: ProofKind
PROOF_KIND_CODE: ProofKind
PROOF_KIND_FACE: ProofKind
PROOF_KIND_PASSWORD: ProofKind
RISK_DECISION_UNSPECIFIED: RiskDecision
RISK_DECISION_APPROVE: RiskDecision
RISK_DECISION_REVIEW: RiskDecision
RISK_DECISION_HOLD_SETTLEMENT: RiskDecision
RISK_DECISION_STEP_UP: RiskDecision
RISK_DECISION_WAIT: RiskDecision
RISK_DECISION_DECLINE: RiskDecision
REVIEW_STATE_UNSPECIFIED: ReviewState
REVIEW_STATE_OPEN: ReviewState
REVIEW_STATE_SECOND: ReviewState
REVIEW_STATE_DECIDED: ReviewState
REVIEW_VERDICT_UNSPECIFIED: ReviewVerdict
REVIEW_VERDICT_SOUND: ReviewVerdict
REVIEW_VERDICT_FRAUD: ReviewVerdict
RISK_LIST_KIND_UNSPECIFIED: RiskListKind
RISK_LIST_KIND_PERSON: RiskListKind
RISK_LIST_KIND_DEVICE: RiskListKind
RISK_LIST_KIND_NETWORK: RiskListKind
RISK_LIST_KIND_INSTITUTION: RiskListKind
RISK_LIST_EFFECT_UNSPECIFIED: RiskListEffect
RISK_LIST_EFFECT_ALLOW: RiskListEffect
RISK_LIST_EFFECT_WATCH: RiskListEffect
RISK_LIST_EFFECT_BLOCK: RiskListEffect
RISK_LIST_EFFECT_BLOCK_FINAL: RiskListEffect
RISK_POLICY_ROLE_UNSPECIFIED: RiskPolicyRole
RISK_POLICY_ROLE_LIVE: RiskPolicyRole
RISK_POLICY_ROLE_CHALLENGER: RiskPolicyRole
RISK_POLICY_ROLE_SHADOW: RiskPolicyRole
