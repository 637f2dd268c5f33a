"""Short forms of records and bills for the tests."""

import itertools

_ids = itertools.count(1)


def fresh(prefix):
    return f"{prefix}{next(_ids)}"


def resident(id=None, **more):
    return {
        "id": id or fresh("p"), "name": "张三", "born": "1980-03-05",
        "coverages": [{"scheme": "resident", "standing": "adult", "pack": "cn.shandong.zibo", "from": "2023-01-01", "to": "2023-12-31"}],
        **more,
    }


def employee(id=None, standing="active", **more):
    return {
        "id": id or fresh("p"), "name": "李四", "born": "1975-07-01",
        "coverages": [{"scheme": "employee", "standing": standing, "pack": "cn.shandong.zibo", "from": "2023-01-01"}],
        **more,
    }


def hospital(id="h3", level="tertiary", city="370300", **more):
    return {"id": id, "name": "市中心医院", "level": level, "city": city, **more}


def sums(in_policy, own_expense="0.00", over_limit="0.00", first_pay="0.00", **more):
    total = sum(fen(x) for x in (in_policy, own_expense, over_limit, first_pay))
    return {"total": yuan(total), "own_expense": own_expense, "over_limit": over_limit, "first_pay": first_pay, "in_policy": in_policy, **more}


def bill(person, in_policy="12000.00", request_id=None, institution="h3", setting="inpatient", **more):
    made = {
        "request_id": request_id or fresh("r"), "person": person, "institution": institution, "setting": setting,
        "from": "2023-05-01", "to": "2023-05-09",
    }
    if "lines" not in more and "encounter" not in more:
        made["sums"] = sums(in_policy)
    made.update(more)
    return made


def fen(text):
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    whole, _, part = digits.partition(".")
    return sign * (int(whole) * 100 + int((part + "00")[:2]))


def yuan(value):
    return f"{'-' if value < 0 else ''}{abs(value) // 100}.{abs(value) % 100:02d}"
