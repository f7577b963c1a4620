"""The tables of the SQL stores, and which of their columns the core owns."""

from core.accounts import ACCOUNT_COLUMNS
from core.order import ORDER_COLUMNS
from core.risk.assessing import ASSESSMENT_COLUMNS

SCHEMA_VERSION = 12

# The parts of an order's total by payer, the total first, in the order of the proto's PayerAmounts.
PAYER_COLUMNS = (
    "total_fen",
    "pooled_fen",
    "major_fen",
    "civil_servant_fen",
    "assistance_fen",
    "other_fund_fen",
    "hospital_fen",
    "account_current_fen",
    "account_prior_fen",
    "family_account_fen",
    "commercial_fen",
    "cash_fen",
)

# What an order has given back of each but the total, over all refunds.
REFUNDED_COLUMNS = tuple(f"refunded_{name}" for name in PAYER_COLUMNS[1:])

# What never changes in an order once it is made, so that an update leaves it, and the indexes on it, alone.
ORDER_FIXED = frozenset({"order_id", "institution_id", "expires_at_ms", "total_fen", "in_scope_fen"})

# What an order row holds beside the core's part: the texts of the bill, which no split looks at.
ORDER_TEXTS = ("institution_order_no", "channel_order_no", "order_code_hash", "details", "cancel_reason")

_CORE_ORDER_COLUMNS = ",\n".join(
    f"    {name} INTEGER NOT NULL{' PRIMARY KEY' if name == 'order_id' else ''}" for name in ORDER_COLUMNS
)
_REFUNDED_COLUMNS = ",\n".join(f"    {name} INTEGER NOT NULL CHECK ({name} >= 0)" for name in PAYER_COLUMNS)
_ACCOUNT_COLUMNS = ",\n".join(
    f"    {name} INTEGER NOT NULL{' PRIMARY KEY' if name == 'person_id' else ''}" for name in ACCOUNT_COLUMNS
)

_ASSESSMENT_COLUMNS = ",\n".join(
    f"    {name} INTEGER NOT NULL{' PRIMARY KEY' if name == 'assessment_id' else ''}"
    for name in ASSESSMENT_COLUMNS[:-1]
)

DDL = f"""
CREATE TABLE meta (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE parties (
    party_key INTEGER NOT NULL PRIMARY KEY,
    party_id TEXT NOT NULL UNIQUE,
    role INTEGER NOT NULL,
    name TEXT NOT NULL,
    suspended INTEGER NOT NULL CHECK (suspended IN (0, 1)),
    token_epoch INTEGER NOT NULL,
    token_hash BLOB NOT NULL UNIQUE,
    created_at_ms INTEGER NOT NULL,
    token_created_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE institutions (
    institution_key INTEGER NOT NULL PRIMARY KEY,
    institution_id TEXT NOT NULL UNIQUE,
    party_key INTEGER NOT NULL REFERENCES parties,
    name TEXT NOT NULL,
    level INTEGER NOT NULL,
    region INTEGER NOT NULL,
    suspended INTEGER NOT NULL CHECK (suspended IN (0, 1)),
    open_window INTEGER NOT NULL CHECK (open_window >= 1),
    window_opened_at_ms INTEGER NOT NULL,
    scenarios TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL
) STRICT;

-- Policy documents are facts: a new one is put beside the old ones, as a draft.
CREATE TABLE policies (
    policy_id INTEGER NOT NULL PRIMARY KEY,
    region INTEGER NOT NULL,
    version TEXT NOT NULL,
    file TEXT NOT NULL,
    document BLOB NOT NULL,
    put_at_ms INTEGER NOT NULL,
    digest TEXT NOT NULL, -- SHA-256 of the document
    UNIQUE (region, digest)
) STRICT;
CREATE INDEX policies_of_region ON policies (region, put_at_ms);

-- What put a document in force, since the end of which batch, and the report of its replay. What a region's orders are
-- priced by follows from its activations, one after another: each takes the place of the version with its beginning.
CREATE TABLE policy_activations (
    region INTEGER NOT NULL,
    batch INTEGER NOT NULL,
    policy_id INTEGER NOT NULL REFERENCES policies,
    activated_at_ms INTEGER NOT NULL,
    replay_digest TEXT NOT NULL, -- empty where there was nothing to replay over
    replay_report BLOB NOT NULL,
    PRIMARY KEY (region, batch)
) STRICT, WITHOUT ROWID;

-- Entries of treatment regions' catalogues are facts too: what changes an entry is put beside its earlier form, and the
-- form of the newest batch stands. So it can be told at any time what an order was classified by.
CREATE TABLE catalogue (
    region INTEGER NOT NULL,
    item_code TEXT NOT NULL,
    valid_from INTEGER NOT NULL,
    batch INTEGER NOT NULL,
    valid_to INTEGER NOT NULL CHECK (valid_to >= valid_from - 1),
    item_class INTEGER NOT NULL CHECK (item_class IN (1, 2, 3)),
    self_pay_ppm INTEGER NOT NULL CHECK (self_pay_ppm BETWEEN 0 AND 1000000),
    price_limit_fen INTEGER NOT NULL CHECK (price_limit_fen >= -1),
    deductible_exempt INTEGER NOT NULL CHECK (deductible_exempt IN (0, 1)),
    item_name TEXT NOT NULL,
    PRIMARY KEY (region, item_code, valid_from, batch)
) STRICT, WITHOUT ROWID;

-- Nobody's name or number is kept: keyed hashes only, for matching a binding.
CREATE TABLE persons (
    person_id INTEGER NOT NULL PRIMARY KEY,
    region INTEGER NOT NULL,
    person_no TEXT NOT NULL,
    id_hash BLOB NOT NULL,
    name_hash BLOB NOT NULL,
    phone_hash BLOB NOT NULL,
    UNIQUE (region, person_no)
) STRICT;
CREATE UNIQUE INDEX persons_by_id ON persons (id_hash, region);

CREATE TABLE accounts (
{_ACCOUNT_COLUMNS},
    CHECK (current_year_fen >= 0 AND prior_years_fen >= 0 AND held_fen >= 0),
    CHECK (outpatient_deductible_fen >= 0 AND outpatient_in_scope_fen >= 0 AND outpatient_pooled_fen >= 0
       AND inpatient_deductible_fen >= 0 AND inpatient_in_scope_fen >= 0 AND inpatient_pooled_fen >= 0
       AND chronic_deductible_fen >= 0 AND chronic_in_scope_fen >= 0 AND chronic_pooled_fen >= 0
       AND major_in_scope_fen >= 0 AND major_paid_fen >= 0 AND stay_count >= 0)
) STRICT;

-- A version of a plan that pays after the statutory funds; of two with one beginning the one put last is in force.
CREATE TABLE plans (
    plan_key INTEGER NOT NULL PRIMARY KEY,
    plan_id TEXT NOT NULL,
    effective_from TEXT NOT NULL,
    file TEXT NOT NULL,
    document BLOB NOT NULL,
    digest TEXT NOT NULL,
    batch INTEGER NOT NULL
) STRICT;

-- Who has which plan on which days, and what it has counted and paid in its plan year, by part.
CREATE TABLE enrolments (
    person_id INTEGER NOT NULL REFERENCES persons,
    plan_id TEXT NOT NULL,
    seat INTEGER NOT NULL,
    valid_from INTEGER NOT NULL,
    valid_to INTEGER NOT NULL,
    year_day INTEGER NOT NULL,
    counted_1_fen INTEGER NOT NULL CHECK (counted_1_fen >= 0),
    counted_2_fen INTEGER NOT NULL CHECK (counted_2_fen >= 0),
    counted_3_fen INTEGER NOT NULL CHECK (counted_3_fen >= 0),
    paid_1_fen INTEGER NOT NULL CHECK (paid_1_fen >= 0),
    paid_2_fen INTEGER NOT NULL CHECK (paid_2_fen >= 0),
    paid_3_fen INTEGER NOT NULL CHECK (paid_3_fen >= 0),
    PRIMARY KEY (person_id, plan_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE credits (
    region INTEGER NOT NULL,
    credit_no TEXT NOT NULL,
    person_id INTEGER NOT NULL REFERENCES persons,
    kind INTEGER NOT NULL,
    amount_fen INTEGER NOT NULL,
    prior_years INTEGER NOT NULL CHECK (prior_years IN (0, 1)),
    day INTEGER NOT NULL,
    batch INTEGER NOT NULL,
    PRIMARY KEY (region, credit_no)
) STRICT, WITHOUT ROWID;
CREATE INDEX credits_of_person ON credits (person_id);

CREATE TABLE used_elsewhere (
    region INTEGER NOT NULL,
    settlement_no TEXT NOT NULL,
    person_id INTEGER NOT NULL REFERENCES persons,
    day INTEGER NOT NULL,
    service INTEGER NOT NULL,
    in_scope_fen INTEGER NOT NULL,
    deductible_fen INTEGER NOT NULL,
    pooled_fen INTEGER NOT NULL,
    major_counted_fen INTEGER NOT NULL,
    major_fen INTEGER NOT NULL,
    stays INTEGER NOT NULL,
    batch INTEGER NOT NULL,
    usage_groups INTEGER NOT NULL,  -- whose accumulators it filled, as the policy of then had it (orders.usage_groups)
    PRIMARY KEY (region, settlement_no)
) STRICT, WITHOUT ROWID;
CREATE INDEX used_elsewhere_of_person ON used_elsewhere (person_id);

CREATE TABLE bindings (
    binding_id INTEGER NOT NULL PRIMARY KEY,
    channel_key INTEGER NOT NULL REFERENCES parties,
    channel_user_id TEXT NOT NULL,
    person_id INTEGER NOT NULL REFERENCES persons,
    state INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL,
    code_expires_at_ms INTEGER NOT NULL,
    attempts_left INTEGER NOT NULL CHECK (attempts_left >= 0),
    confirmed_at_ms INTEGER NOT NULL,
    ended_at_ms INTEGER NOT NULL,
    name_masked TEXT NOT NULL
) STRICT;
CREATE INDEX bindings_of_user ON bindings (channel_key, channel_user_id, binding_id);
CREATE UNIQUE INDEX active_bindings ON bindings (channel_key, channel_user_id, person_id) WHERE state = 2;

-- Whose account may pay for whom, by the word of the owner's binding.
CREATE TABLE family_links (
    link_id INTEGER NOT NULL PRIMARY KEY,
    channel_key INTEGER NOT NULL REFERENCES parties,
    owner_binding_id INTEGER NOT NULL REFERENCES bindings,
    owner_person_id INTEGER NOT NULL REFERENCES persons,
    member_person_id INTEGER NOT NULL REFERENCES persons,
    relation INTEGER NOT NULL,
    state INTEGER NOT NULL CHECK (state IN (1, 2)),
    created_at_ms INTEGER NOT NULL,
    ended_at_ms INTEGER NOT NULL,
    owner_name_masked TEXT NOT NULL,
    member_name_masked TEXT NOT NULL,
    CHECK (owner_person_id != member_person_id)
) STRICT;
CREATE INDEX family_links_of_owner ON family_links (channel_key, owner_person_id);
CREATE INDEX family_links_of_member ON family_links (channel_key, member_person_id);
CREATE UNIQUE INDEX active_family_links ON family_links (channel_key, owner_person_id, member_person_id)
    WHERE state = 1;

CREATE TABLE pay_codes (
    code_hash BLOB NOT NULL PRIMARY KEY,
    pay_code_id INTEGER NOT NULL,
    binding_id INTEGER NOT NULL REFERENCES bindings,
    expires_at_ms INTEGER NOT NULL,
    used_at_ms INTEGER NOT NULL,
    order_id INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The order as it stands. `facts` is all of it, as in its last event; the columns, what is asked for or checked.
CREATE TABLE orders (
{_CORE_ORDER_COLUMNS},
    facts BLOB NOT NULL,
    institution_order_no TEXT NOT NULL,
    channel_order_no TEXT,
    order_code_hash BLOB NOT NULL UNIQUE,
    details BLOB NOT NULL,
    cancel_reason TEXT NOT NULL,
    UNIQUE (institution_id, institution_order_no),
    CHECK (total_fen = pooled_fen + major_fen + civil_servant_fen + assistance_fen + other_fund_fen + hospital_fen
        + account_current_fen + account_prior_fen + family_account_fen + commercial_fen + cash_fen
        OR state NOT IN (5, 6, 7, 8)),
    -- None is below 0: the sign of all is the sign of their bits together.
    CHECK (pooled_fen | major_fen | civil_servant_fen | assistance_fen | other_fund_fen | hospital_fen
        | account_current_fen | account_prior_fen | family_account_fen | commercial_fen | cash_fen >= 0),
    CHECK (pooled_fen + major_fen + civil_servant_fen + assistance_fen + other_fund_fen <= in_scope_fen)
) STRICT;
CREATE INDEX orders_to_expire ON orders (expires_at_ms) WHERE state IN (1, 5);
CREATE INDEX orders_of_person ON orders (person_id);
CREATE UNIQUE INDEX orders_by_channel_no ON orders (channel_id, channel_order_no) WHERE channel_order_no IS NOT NULL;
CREATE INDEX orders_paid_in_window ON orders (institution_id, paid_window, paid_at_ms) WHERE paid_window > 0;

-- The clinical part of a bill, apart from the order: only its institution and the bureau ever read it.
CREATE TABLE order_lines (
    order_id INTEGER NOT NULL PRIMARY KEY REFERENCES orders,
    lines BLOB NOT NULL
) STRICT;

CREATE TABLE receipts (
    channel_key INTEGER NOT NULL,
    receipt_no TEXT NOT NULL,
    order_id INTEGER NOT NULL REFERENCES orders,
    amount_fen INTEGER NOT NULL CHECK (amount_fen > 0),
    state INTEGER NOT NULL,
    paid_at_ms INTEGER NOT NULL,
    channel_transaction_no TEXT NOT NULL,
    refusal INTEGER NOT NULL,
    batch INTEGER NOT NULL,
    returned_batch INTEGER NOT NULL,
    returned_at_ms INTEGER NOT NULL,
    channel_refund_no TEXT NOT NULL,
    PRIMARY KEY (channel_key, receipt_no)
) STRICT, WITHOUT ROWID;
CREATE INDEX receipts_of_order ON receipts (order_id);

CREATE TABLE refunds (
    refund_id INTEGER NOT NULL PRIMARY KEY,
    institution_key INTEGER NOT NULL,
    refund_no TEXT NOT NULL,
    order_id INTEGER NOT NULL REFERENCES orders,
    kind INTEGER NOT NULL,
    state INTEGER NOT NULL,
    cash_to_return_fen INTEGER NOT NULL CHECK (cash_to_return_fen >= 0),
    reason TEXT NOT NULL,
    refunded_at_ms INTEGER NOT NULL,
    completed_at_ms INTEGER NOT NULL,
    completed_batch INTEGER NOT NULL,
    cash_refunded_at_ms INTEGER NOT NULL,
    channel_refund_no TEXT NOT NULL,
    refund_window INTEGER NOT NULL CHECK (refund_window >= 1),
{_REFUNDED_COLUMNS},
    returned_lines BLOB NOT NULL, -- clinical: only the institution and the bureau ever read it
    UNIQUE (institution_key, refund_no),
    CHECK (total_fen = {" + ".join(PAYER_COLUMNS[1:])})
) STRICT;
CREATE INDEX refunds_of_order ON refunds (order_id);
CREATE INDEX refunds_in_window ON refunds (institution_key, refund_window, refunded_at_ms);

CREATE TABLE windows (
    window_id INTEGER NOT NULL PRIMARY KEY,
    institution_key INTEGER NOT NULL REFERENCES institutions,
    window INTEGER NOT NULL,
    period TEXT NOT NULL,
    state INTEGER NOT NULL,
    opened_at_ms INTEGER NOT NULL,
    closed_at_ms INTEGER NOT NULL,
    payment_count INTEGER NOT NULL,
    refund_count INTEGER NOT NULL,
    totals BLOB NOT NULL,
    payable_fen INTEGER NOT NULL,
    digest TEXT NOT NULL,
    paid_at_ms INTEGER NOT NULL,
    bank_reference TEXT NOT NULL,
    UNIQUE (institution_key, window),
    UNIQUE (institution_key, period)
) STRICT;

-- The journal. An order's event carries the whole order as it stood after it; a desk event carries its answer.
CREATE TABLE events (
    seq INTEGER NOT NULL PRIMARY KEY,
    batch INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    method TEXT NOT NULL,
    party_key INTEGER NOT NULL,
    order_id INTEGER NOT NULL,
    person_id INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    institution_id INTEGER NOT NULL,
    window INTEGER NOT NULL,
    reason INTEGER NOT NULL,
    facts BLOB NOT NULL,
    request_key BLOB NOT NULL,
    request_fields BLOB NOT NULL
) STRICT;
CREATE INDEX events_of_channel ON events (channel_id, seq) WHERE channel_id != 0;
CREATE INDEX events_of_institution ON events (institution_id, seq) WHERE institution_id != 0;

-- Where a request's answer is. The keys are random, so that each new one dirties a page of its own: the rows are small
-- and everything else about a request is with its event.
CREATE TABLE requests (
    request_key BLOB NOT NULL PRIMARY KEY,
    seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What risk found of every payment that it was asked about, with the features as they were: candidates are tried on
-- them.
CREATE TABLE assessments (
{_ASSESSMENT_COLUMNS},
    features BLOB NOT NULL,
    CHECK (score BETWEEN 0 AND 1000)
) STRICT;
CREATE INDEX assessments_of_order ON assessments (order_id);
CREATE INDEX assessments_not_approved ON assessments (assessment_id) WHERE decision != 1;
CREATE INDEX assessments_of_person ON assessments (person_id) WHERE decision != 1;
CREATE INDEX assessments_of_device ON assessments (device) WHERE decision != 1 AND device != 0;

-- The case of an assessment, once something was done about it.
CREATE TABLE risk_cases (
    assessment_id INTEGER NOT NULL PRIMARY KEY REFERENCES assessments,
    state INTEGER NOT NULL CHECK (state IN (1, 2, 3)),
    verdict INTEGER NOT NULL CHECK (verdict IN (0, 1, 2)),
    assignee TEXT NOT NULL,
    first_reviewer TEXT NOT NULL
) STRICT;

CREATE TABLE risk_notes (
    assessment_id INTEGER NOT NULL REFERENCES risk_cases,
    batch INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    reviewer TEXT NOT NULL,
    verdict INTEGER NOT NULL,
    comment TEXT NOT NULL,
    PRIMARY KEY (assessment_id, batch)
) STRICT, WITHOUT ROWID;

-- A value is a person's or an institution's number, or the keyed hash of a device id or a network.
CREATE TABLE risk_lists (
    kind INTEGER NOT NULL,
    value INTEGER NOT NULL,
    effect INTEGER NOT NULL CHECK (effect IN (1, 2, 3, 4)),
    reason TEXT NOT NULL,
    author TEXT NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    batch INTEGER NOT NULL,
    PRIMARY KEY (kind, value, effect)
) STRICT, WITHOUT ROWID;

CREATE TABLE risk_models (
    sha256 TEXT NOT NULL PRIMARY KEY,
    document BLOB NOT NULL,
    put_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE risk_policies (
    risk_policy_id INTEGER NOT NULL PRIMARY KEY,
    digest TEXT NOT NULL UNIQUE,
    document BLOB NOT NULL,
    put_at_ms INTEGER NOT NULL
) STRICT;

-- What a policy was put in force as, since the end of which batch; the last of a role stands.
CREATE TABLE risk_activations (
    batch INTEGER NOT NULL,
    role INTEGER NOT NULL CHECK (role IN (1, 2, 3)),
    risk_policy_id INTEGER NOT NULL, -- 0: none
    share_permille INTEGER NOT NULL,
    forced INTEGER NOT NULL CHECK (forced IN (0, 1)),
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (role, batch)
) STRICT, WITHOUT ROWID;
"""
