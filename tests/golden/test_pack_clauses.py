"""The sentence that a patient reads says the numbers of the rule that is applied, in Chinese and in English."""
import re

import pytest

from test_seed_rows import as_list, packs


def amounts_of(node):
    """Amounts in yuan and ratios in percent that stand in a benefit, apart from the shares of money that enters."""
    amounts, ratios = set(), set()

    def walk(node):
        for key, value in node.items():
            for child in as_list(value):
                if isinstance(child, dict) and key not in ("applies", "enters", "when"):
                    walk(child)
                elif isinstance(child, str) and re.fullmatch(r"-?[\d.]+%", child):
                    ratios.add(abs(float(child[:-1])))
                elif isinstance(child, str) and key in ("amount", "to", "deductible_amount", "cap_plus", "grant_plus"):
                    amounts.add(float(child))

    walk({key: value for key, value in node.items() if key not in ("from", "to")})
    # "the first 10 % is own" is written as 90 % that enters
    entering = [value for value in node.get("enters", {}).values() if isinstance(value, str) and value.endswith("%")]
    return amounts, ratios | {100 - float(value[:-1]) for value in entering} - {0.0, 100.0}


def must_say(benefit):
    """Those that the sentence may not leave out: a clause can be short about tables of ordinals and shared limits."""
    amounts, ratios = set(), set()
    for part in [benefit.get("deductible", {}), benefit.get("grant", {}),
                 *[cap for cap in benefit.get("caps", []) if "shared_as" not in cap]]:
        amounts |= {float(part["amount"])} if "amount" in part else set()
    rate = benefit.get("rate", {})
    for step in [rate, *rate.get("steps", [])]:
        for row in [step, *step.get("rows", [])]:
            ratios |= {float(row[key][:-1]) for key in ("flat", "rate") if key in row}
    return amounts - {0.0}, ratios


def said_in_chinese(text):
    amounts = {float(n) * (10000 if unit == "万" else 1) for n, unit in re.findall(r"(\d+(?:\.\d+)?)(万|元)", text)}
    ratios = {float(n) for n in re.findall(r"(\d+(?:\.\d+)?)(?:%|个百分点)", text)}
    return amounts, ratios


def said_in_english(text):
    ratios = {float(n) for n in re.findall(r"(\d+(?:\.\d+)?)(?:%| points)", text)}
    plain = re.sub(r"\d+(?:\.\d+)?(?:%| points| months| listed| years)|levels? \d(?:, \d)*(?: (?:and|or) \d)?|level-\d|Qihuibao \d+|up to 22\b", " ", text)
    amounts = {float(n.replace(",", "")) for n in re.findall(r"\d[\d,]*(?:\.\d+)?", plain)}
    return amounts, ratios


CLAUSES = [(f"{pack['pack']}@{pack['from']}", benefit) for _, pack in packs() for benefit in pack.get("benefits", [])]


@pytest.mark.parametrize("place,benefit", CLAUSES, ids=[f"{place}:{b['id']}" for place, b in CLAUSES])
def test_clause_says_what_is_applied(place, benefit):
    amounts, ratios = amounts_of(benefit)
    needed_amounts, needed_ratios = must_say(benefit)
    same = benefit.get("counter", benefit["id"]) != benefit["id"] and "与住院相同" in benefit["clause_zh"]
    for said_amounts, said_ratios in (said_in_chinese(benefit["clause_zh"]), said_in_english(benefit["clause_en"])):
        assert said_amounts <= amounts, f"the clause says {said_amounts - amounts}, which is not in the rule"
        assert said_ratios <= ratios, f"the clause says {said_ratios - ratios} %, which is not in the rule"
        if not same:
            assert needed_amounts <= said_amounts, f"the clause does not say {needed_amounts - said_amounts}"
            assert needed_ratios <= said_ratios, f"the clause does not say {needed_ratios - said_ratios} %"
