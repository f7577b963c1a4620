"""The words of an explanation, in Chinese and in English: one table, so that neither language lacks a step.

Facts are put into the braces: money in yuan, shares in percent. A fact that a step may have or lack brings a clause of
its own (CLAUSES).
"""

from fractions import Fraction
from typing import NamedTuple

from core.explain.notes import Fact, Step

LANGUAGES = ("zh", "en")


class Words(NamedTuple):
    """One text in both languages."""

    zh: str
    en: str


WORDS = {
    "natures": Words(
        "账单 {line_count} 行,总额 {total_fen}:全自费 {full_self_pay_fen},超限价 {over_limit_fen},"
        "乙类先行自付 {class_b_self_pay_fen},符合范围 {in_scope_fen}",
        "the bill of {total_fen} (lines: {line_count}): wholly self-paid {full_self_pay_fen}, over price limits "
        "{over_limit_fen}, class B's own share {class_b_self_pay_fen}, in scope {in_scope_fen}",
    ),
    "amounts": Words(
        "总额 {total_fen}(只给出合计):全自费 {full_self_pay_fen},超限价 {over_limit_fen},"
        "乙类先行自付 {class_b_self_pay_fen},符合范围 {in_scope_fen}",
        "the bill of {total_fen}, only sums of which are known: wholly self-paid {full_self_pay_fen}, over price "
        "limits {over_limit_fen}, class B's own share {class_b_self_pay_fen}, in scope {in_scope_fen}",
    ),
    "account_first": Words(
        "本地规定当年个人账户先付:支付符合范围费用 {paid_fen}",
        "this region lets this year's account money go first: it pays {paid_fen} of what is in scope",
    ),
    "away_points": Words(
        "在 {region} 异地就医:各段支付比例降低 {points} 个百分点",
        "treated away from home, in {region}: {points} percentage points off the share of each band",
    ),
    "away_multiplier": Words(
        "在 {region} 异地就医:各段支付比例乘以 {factor_share}",
        "treated away from home, in {region}: the share of each band times {factor_share}",
    ),
    "away_own_table": Words(
        "在 {region} 异地就医:执行异地专用标准",
        "treated away from home, in {region}: a table of its own holds",
    ),
    "no_deductible": Words("没有起付线", "there is no deductible"),
    "deductible_annual": Words(
        "年度起付线:本年度已累计 {used_before_fen},尚余 {due_fen},本次计入 {deductible_fen}",
        "the year's deductible: {used_before_fen} filled before, {due_fen} still due, of which this bill fills "
        "{deductible_fen}",
    ),
    "deductible_per_visit": Words(
        "每次门诊起付线 {due_fen},本次计入 {deductible_fen}",
        "the deductible of a visit is {due_fen}, of which this bill fills {deductible_fen}",
    ),
    "deductible_per_stay": Words(
        "本次住院起付线 {due_fen},本次计入 {deductible_fen}",
        "the deductible of this stay is {due_fen}, of which this bill fills {deductible_fen}",
    ),
    "in_scope_cap": Words(
        "年度符合范围费用封顶线尚余 {room_fen},超出 {cut_fen} 统筹基金不再支付",
        "the year's ceiling of in-scope money has room for {room_fen}; the pooled fund pays nothing on {cut_fen} above",
    ),
    "band_bill": Words(
        "统筹分段 {edges}:{cost_fen} × {share} = {benefit_fen}",
        "pooled fund, band {edges}: {cost_fen} at {share} = {benefit_fen}",
    ),
    "band_stay_in_scope": Words(
        "统筹分段(本次住院范围内费用 {edges}):{cost_fen} × {share} = {benefit_fen}",
        "pooled fund, band of the stay's in-scope money {edges}: {cost_fen} at {share} = {benefit_fen}",
    ),
    "band_year_in_scope": Words(
        "统筹分段(年度范围内费用 {edges}):{cost_fen} × {share} = {benefit_fen}",
        "pooled fund, band of the year's in-scope money {edges}: {cost_fen} at {share} = {benefit_fen}",
    ),
    "band_year_pooled_paid": Words(
        "统筹分段(年度统筹已付 {edges}):{cost_fen} × {share} = {benefit_fen}",
        "pooled fund, band of what it has paid this year {edges}: {cost_fen} at {share} = {benefit_fen}",
    ),
    "pooled": Words(
        "统筹基金:各段合计 {benefit_fen},{way},支付 {paid_fen}",
        "pooled fund: the bands come to {benefit_fen}, {way}: it pays {paid_fen}",
    ),
    "pooled_capped": Words(
        "统筹基金:各段合计 {benefit_fen},年度已付 {paid_before_fen},到封顶线为止支付 {paid_fen};"
        "超封顶线费用 {cut_fen} 转入下一层",
        "pooled fund: the bands come to {benefit_fen}; with {paid_before_fen} paid this year its ceiling lets it pay "
        "{paid_fen}, and {cut_fen} are cut off",
    ),
    "given": Words(
        "{payer}:按原始结算记录支付 {paid_fen},不重新计算",
        "{payer}: it paid {paid_fen}, a fact of the record that is not computed",
    ),
    "stage_band": Words("分段:{cost_fen} × {share} = {benefit_fen}", "band: {cost_fen} at {share} = {benefit_fen}"),
    "stage_over_cap": Words(
        "大额医疗补助(封顶线以上):本次 {base_fen},年度已累计 {before_fen},起付 {threshold_fen};"
        "应付 {benefit_fen},{way},支付 {paid_fen}",
        "large-amount scheme, above the ceiling: {base_fen} of this bill, {before_fen} counted before, threshold "
        "{threshold_fen}; its benefit is {benefit_fen}, {way}: it pays {paid_fen}",
    ),
    "stage_over_burden": Words(
        "大病保险(个人负担):本次 {base_fen},年度已累计 {before_fen},起付 {threshold_fen};"
        "应付 {benefit_fen},{way},支付 {paid_fen}",
        "critical-illness insurance, on the person's burden: {base_fen} of this bill, {before_fen} counted before, "
        "threshold {threshold_fen}; its benefit is {benefit_fen}, {way}: it pays {paid_fen}",
    ),
    "civil_servant": Words(
        "公务员医疗补助:{base_fen} × {share} = {benefit_fen},{way},支付 {paid_fen}",
        "civil servants' subsidy: {base_fen} at {share} = {benefit_fen}, {way}: it pays {paid_fen}",
    ),
    "assistance": Words(
        "医疗救助:{base_fen} × {share} = {benefit_fen},{way},支付 {paid_fen}",
        "medical assistance: {base_fen} at {share} = {benefit_fen}, {way}: it pays {paid_fen}",
    ),
    "hospital": Words(
        "医院负担 {paid_fen}(按医院申报,从范围外费用中扣除)",
        "the institution bears {paid_fen} of what is out of scope, as it has said",
    ),
    "plan_band": Words("分段:{cost_fen} × {share} = {benefit_fen}", "band: {cost_fen} at {share} = {benefit_fen}"),
    "plan_other_fund": Words(
        "互助保障 {plan}:计入 {base_fen},此前已累计 {before_fen},免赔额 {deductible_fen};"
        "应付 {benefit_fen},{way},支付 {paid_fen}",
        "mutual aid {plan}: counts {base_fen}, {before_fen} before, deductible {deductible_fen}; its benefit is "
        "{benefit_fen}, {way}: it pays {paid_fen}",
    ),
    "plan_commercial": Words(
        "商业保险 {plan}:计入 {base_fen},此前已累计 {before_fen},免赔额 {deductible_fen};"
        "应付 {benefit_fen},{way},支付 {paid_fen}",
        "commercial insurance {plan}: counts {base_fen}, {before_fen} before, deductible {deductible_fen}; its benefit "
        "is {benefit_fen}, {way}: it pays {paid_fen}",
    ),
    "account_self_current_year": Words(
        "个人账户(当年)支付{nature} {paid_fen}", "own account, this year's money, pays {paid_fen} of {nature}"
    ),
    "account_self": Words(
        "个人账户(历年)支付{nature} {paid_fen}", "own account, earlier years' money, pays {paid_fen} of {nature}"
    ),
    "account_family": Words("家庭共济账户支付{nature} {paid_fen}", "family account pays {paid_fen} of {nature}"),
    "cash": Words(
        "现金支付 {paid_fen}:起付线 {deductible_fen},范围内自付 {copay_fen},乙类先行自付 {class_b_fen},"
        "超限价 {over_limit_fen},全自费 {full_self_fen}",
        "cash pays the rest, {paid_fen}: deductible {deductible_fen}, co-pay {copay_fen}, class B's own share "
        "{class_b_fen}, over limits {over_limit_fen}, wholly self-paid {full_self_fen}",
    ),
}

# What a fact adds to a step that has it.
CLAUSES = {
    "room_fen": Words(";封顶线只余 {room_fen}", "; its ceiling leaves room for {room_fen}"),
    "table_share": Words(
        "(政策表中 {table_share},按年龄、救助身份和就医地调整后)",
        " (the table says {table_share}, before age, assistance and place)",
    ),
    "base_fen": Words(";可计入起付线的费用 {base_fen}", "; only {base_fen} of the bill may fill it"),
}
_CLAUSES_OF = {
    "room_fen": (
        "stage_over_cap",
        "stage_over_burden",
        "civil_servant",
        "assistance",
        "plan_other_fund",
        "plan_commercial",
    ),
    "table_share": ("band_bill", "band_stay_in_scope", "band_year_in_scope", "band_year_pooled_paid"),
    "base_fen": ("deductible_annual", "deductible_per_visit", "deductible_per_stay"),
}

NAMES = {
    "half_up": Words("四舍五入到分", "half up to the fen"),
    "half_even": Words("四舍六入五成双到分", "half to the even fen"),
    "down": Words("舍去分以下", "cut to the fen"),
    "up": Words("进位到分", "up to the fen"),
    "deductible": Words("起付线", "the deductible"),
    "copay": Words("范围内自付", "co-pay"),
    "class_b": Words("乙类先行自付", "class B's own share"),
    "over_limit": Words("超限价", "what is over limits"),
    "full_self": Words("全自费", "what is wholly self-paid"),
}

# Where a band lies.
EDGES = {
    "to": Words("{from_fen} 至 {to_fen}", "from {from_fen} to {to_fen}"),
    "above": Words("{from_fen} 以上", "above {from_fen}"),
}

PAYER_NAMES = {
    "pooled": Words("统筹基金", "pooled fund"),
    "major": Words("大额/大病", "second stage"),
    "civil_servant": Words("公务员补助", "civil servants' subsidy"),
    "assistance": Words("医疗救助", "assistance"),
    "other_fund": Words("互助保障", "mutual aid"),
    "hospital": Words("医院负担", "institution"),
    "account": Words("个人账户", "own account"),
    "family_account": Words("家庭共济", "family account"),
    "commercial": Words("商业保险", "commercial insurance"),
    "cash": Words("现金", "cash"),
}

_DIGITS = 6


def sentence(step: Step, language: str) -> str:
    """A step in words.

    Args:
        language: zh or en.
    """
    place = LANGUAGES.index(language)
    facts = {name: _said(name, fact, place) for name, fact in step.facts.items()}
    facts["paid_fen"] = yuan(step.paid_fen)
    if "from_fen" in step.facts:
        facts["edges"] = EDGES["to" if step.facts["to_fen"] else "above"][place].format_map(facts)
    text = WORDS[step.kind][place]
    for name, kinds in _CLAUSES_OF.items():
        if name in step.facts and step.kind in kinds:
            text += CLAUSES[name][place]
    return text.format_map(facts)


def summary(split: dict[str, int], language: str) -> str:
    """A split in one sentence: who pays, the payers of nothing left out."""
    place = LANGUAGES.index(language)
    paid = [
        f"{names[place]} {yuan(split[f'{payer}_fen'])}" for payer, names in PAYER_NAMES.items() if split[f"{payer}_fen"]
    ]
    total = yuan(split["total_fen"])
    if language == "zh":
        return f"总额 {total} = {' + '.join(paid) or yuan(0)}"
    return f"{total} = {' + '.join(paid) or yuan(0)}"


def yuan(fen: int | Fraction) -> str:
    """An amount in yuan; one that is no whole number of fen with up to six more places, ≈ where that is cut."""
    exact = Fraction(fen)
    if exact.denominator == 1:
        whole, rest = divmod(abs(exact.numerator), 100)
        return f"{'-' if exact < 0 else ''}{whole:,}.{rest:02d}"
    return _decimal(exact / 100, 2 + _DIGITS)


def percent(share: Fraction) -> str:
    """A share in percent."""
    return f"{_decimal(share * 100, _DIGITS)} %"


def _decimal(value: Fraction, places: int) -> str:
    scaled = value * 10**places
    whole, rest = divmod(int(scaled), 10**places)
    digits = f"{rest:0{places}d}".rstrip("0")
    mark = "" if scaled.denominator == 1 else "≈ "
    return f"{mark}{whole:,}.{digits}" if digits else f"{mark}{whole:,}"


def _said(name: str, fact: Fact, place: int) -> str:
    if name == "payer":
        return PAYER_NAMES[str(fact)][place]
    if isinstance(fact, str):
        return NAMES[fact][place] if fact in NAMES else fact
    if name == "points":
        return percent(Fraction(fact)).removesuffix(" %")
    if name.endswith("_fen"):
        return yuan(fact)
    return percent(Fraction(fact)) if name.endswith("share") else str(fact)
