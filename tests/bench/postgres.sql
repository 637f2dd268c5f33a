-- The same settlement as a stored procedure: one durable transaction that reads the person, locks the year's account, takes basic insurance,
-- critical illness, assistance and re-assistance, keeps settlement and journal, and is idempotent by the request's key. The numbers come from
-- the policy pack (ops/bench fills `policy` and `step`). Amounts are fen, ratios 1/10 000, as in the suite.
CREATE TABLE policy (name text PRIMARY KEY, value bigint NOT NULL);
CREATE TABLE step (n int PRIMARY KEY, upto bigint NOT NULL, rate bigint NOT NULL);
CREATE TABLE person (id text PRIMARY KEY, name text NOT NULL, born date NOT NULL, scheme text NOT NULL, standing text NOT NULL, pack text NOT NULL,
  covered daterange NOT NULL, category text NOT NULL, recognised daterange NOT NULL);
CREATE TABLE account (person text NOT NULL, year int NOT NULL, stays bigint NOT NULL DEFAULT 0, basic_paid bigint NOT NULL DEFAULT 0,
  critical_base bigint NOT NULL DEFAULT 0, critical_deductible bigint NOT NULL DEFAULT 0, critical_paid bigint NOT NULL DEFAULT 0,
  assistance_paid bigint NOT NULL DEFAULT 0, re_deductible bigint NOT NULL DEFAULT 0, re_paid bigint NOT NULL DEFAULT 0,
  version bigint NOT NULL DEFAULT 0, PRIMARY KEY (person, year));
CREATE TABLE settlement (key text PRIMARY KEY, person text NOT NULL, year int NOT NULL, body jsonb NOT NULL);
CREATE TABLE journal (n bigserial PRIMARY KEY, settlement text NOT NULL, person text NOT NULL, moves jsonb NOT NULL);

CREATE FUNCTION half_up(numerator numeric) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$ SELECT floor(numerator / 10000 + 0.5)::bigint $$;

-- what critical illness pays on a yearly amount of x, deductible included
CREATE FUNCTION critical_of(x bigint, deductible bigint, points bigint) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE s record; low bigint := deductible; sum numeric := 0;
BEGIN
  FOR s IN SELECT upto, rate FROM step ORDER BY n LOOP
    IF x > low THEN sum := sum + (least(x, s.upto) - low)::numeric * (s.rate + points); END IF;
    low := greatest(low, s.upto);
  END LOOP;
  RETURN half_up(sum);
END $$;

CREATE FUNCTION settle(p_key text, p_person text, p_day date, p_in_policy bigint) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  v jsonb; p person%ROWTYPE; a account%ROWTYPE; y int := extract(year FROM p_day);
  r_deductible bigint; basic bigint; burden bigint; c_deductible bigint; critical bigint; assistance bigint; re_taken bigint; re bigint; left_over bigint;
  pol jsonb := (SELECT jsonb_object_agg(name, value) FROM policy);
BEGIN
  SELECT body INTO v FROM settlement WHERE key = p_key;
  IF FOUND THEN RETURN v; END IF;
  SELECT * INTO STRICT p FROM person WHERE id = p_person;
  IF NOT p.covered @> p_day THEN RAISE EXCEPTION 'not covered on %', p_day; END IF;
  INSERT INTO account (person, year) VALUES (p_person, y) ON CONFLICT DO NOTHING;
  SELECT * INTO a FROM account WHERE person = p_person AND year = y FOR UPDATE;
  r_deductible := least(p_in_policy, coalesce((pol->>('deductible_' || least(a.stays + 1, 3)))::bigint, 0));
  basic := least(half_up((p_in_policy - r_deductible)::numeric * (pol->>'basic_rate')::bigint), (pol->>'basic_cap')::bigint - a.basic_paid);
  burden := p_in_policy - basic;
  IF p.recognised @> p_day AND p.category = 'minimum_living' THEN
    c_deductible := half_up(((pol->>'critical_deductible')::bigint * (pol->>'tilt_share')::bigint)::numeric);
    critical := critical_of(a.critical_base + burden, c_deductible, (pol->>'tilt_points')::bigint)
              - critical_of(a.critical_base, c_deductible, (pol->>'tilt_points')::bigint);
  ELSE
    c_deductible := (pol->>'critical_deductible')::bigint;
    critical := critical_of(a.critical_base + burden, c_deductible, 0) - critical_of(a.critical_base, c_deductible, 0);
    critical := least(critical, (pol->>'critical_cap')::bigint - a.critical_paid);
  END IF;
  left_over := burden - critical;
  assistance := 0; re := 0; re_taken := 0;
  IF p.recognised @> p_day AND p.category = 'minimum_living' THEN
    assistance := least(half_up(left_over::numeric * (pol->>'assistance_rate')::bigint), (pol->>'assistance_cap')::bigint - a.assistance_paid);
    left_over := left_over - assistance;
    re_taken := least(left_over, greatest(0, (pol->>'re_deductible')::bigint - a.re_deductible));
    re := least(half_up((left_over - re_taken)::numeric * (pol->>'re_rate')::bigint), (pol->>'re_cap')::bigint - a.re_paid);
    left_over := left_over - re;
  END IF;
  IF basic + critical + assistance + re + left_over <> p_in_policy THEN RAISE EXCEPTION 'shares do not add up'; END IF;
  UPDATE account SET stays = stays + 1, basic_paid = basic_paid + basic, critical_base = critical_base + burden,
    critical_deductible = critical_deductible + greatest(0, least(burden, c_deductible - a.critical_base)),
    critical_paid = critical_paid + critical, assistance_paid = assistance_paid + assistance, re_deductible = account.re_deductible + re_taken,
    re_paid = re_paid + re, version = version + 1 WHERE person = p_person AND year = y;
  v := jsonb_build_object('key', p_key, 'person', p_person, 'total', p_in_policy, 'basic', basic, 'critical', critical, 'assistance', assistance,
    're_assistance', re, 'personal', left_over, 'stay', a.stays + 1, 'deductible', r_deductible, 'critical_deductible', c_deductible);
  INSERT INTO settlement VALUES (p_key, p_person, y, v);
  INSERT INTO journal (settlement, person, moves) VALUES (p_key, p_person, v);
  RETURN v;
END $$;
