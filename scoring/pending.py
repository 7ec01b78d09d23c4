"""SQL of what keeps a score from being final. It is joined when a score is shown and stands in no stored score.

So a score whose days have stopped waiting is the very one of a run that never waited, with the same digest.
"""

import re

LONG_PERIOD = re.compile(r"\d{4}(-Q\d)?")
"""A quarter or a year: nobody is paid for one."""
SPAN_SQL = """
CROSS JOIN LATERAL (
    SELECT CASE WHEN latest.period LIKE '____' THEN interval '1 year'
                WHEN latest.period LIKE '____-Q_' THEN interval '3 months' ELSE interval '1 month' END AS length,
           CASE WHEN latest.period LIKE '____' THEN latest.period || '-01-01'
                WHEN latest.period LIKE '____-Q_'
                THEN left(latest.period, 4) || '-' || right(latest.period, 1)::integer * 3 - 2 || '-01'
                ELSE latest.period || '-01' END::date AS begin
) AS of_calendar
CROSS JOIN LATERAL (
    SELECT coalesce(latest.counted_from, begin) AS first,
           coalesce(latest.counted_to, (begin + length)::date - 1) AS last
) AS span
"""
"""The days that a score which the query calls `latest` is counted over: `span.first` to `span.last`."""
PENDING_SQL = f"""
{SPAN_SQL}
LEFT JOIN locked_month AS locked ON locked.employee_id = latest.employee_id AND locked.period = latest.period
    AND locked.version = latest.version
JOIN LATERAL (
    SELECT count(DISTINCT day) FILTER (WHERE NOT overruled AND locked.version IS NULL) AS days_waiting,
           coalesce(array_agg(DISTINCT terminal.name) FILTER (WHERE NOT overruled AND locked.version IS NULL),
                    ARRAY[]::text[]) AS waiting_for,
           coalesce(locked.days_overruled, count(DISTINCT day) FILTER (WHERE overruled)) AS days_overruled,
           coalesce(locked.overruled_for, array_agg(DISTINCT terminal.name) FILTER (WHERE overruled), ARRAY[]::text[])
               AS overruled_for
    FROM waiting_day JOIN terminal ON terminal.id = waiting_day.terminal_id
    WHERE waiting_day.employee_id = latest.employee_id AND day BETWEEN span.first AND span.last
) AS pending ON true
"""  # noqa: S608 - the part is a constant
"""Joined to a score that the query calls `latest`, with its span. What is locked is as it was then: `locked` says when.
"""
DAYS_SQL = """
SELECT day, shift, rulebook, steps FROM judged_day
WHERE judged_day.employee_id = latest.employee_id AND locked.version IS NULL AND latest.period ~ '-[01][0-9]$'
  AND day BETWEEN span.first AND span.last
UNION ALL
SELECT day, shift, rulebook, steps FROM kept_judged_day
WHERE kept_judged_day.employee_id = locked.employee_id AND kept_judged_day.period = locked.period
  AND kept_judged_day.version = locked.version
"""
"""The days of a month that such a score rests on: those kept when it was locked, else those of today."""
PAYABLE_SQL = "CASE WHEN days_waiting = 0 AND latest.period ~ '-[01][0-9]$' THEN latest.payable END AS payable"
AMOUNT_SQL = "CASE WHEN days_waiting = 0 THEN latest.amount END AS amount"
"""Nothing may be paid while a day waits, and nobody is paid for a quarter or a year."""
LACKS_SQL = """
CASE WHEN latest.steps::jsonb @? '$[*] ? (@.kind == "not_counted")' THEN 'not_counted'
     WHEN latest.total IS NOT NULL THEN
         CASE WHEN latest.steps::jsonb @? '$[*] ? (@.kind == "predicate_pay" && @.percent == null
                                            && !(@.formula like_regex "[?]$"))' THEN 'rate' ELSE 'predicate' END
     WHEN latest.output IS NULL AND latest.steps::jsonb @? '$[*] ? (@.kind == "output"
                                                            && !(@.formula like_regex "max [?]$"))' THEN 'target'
     WHEN latest.steps::jsonb @? '$[*] ? (@.kind == "behaviour" && @.percent == null && @.table != "")' THEN 'behaviour'
     ELSE 'rate' END
"""
"""What a score lacks to be paid where no day waits: a rate of the rulebook, the target, ratings or a predicate.

Or all: not_counted."""
WITHOUT_SQL = f"{LACKS_SQL} AS without"
NOT_COUNTED_SQL = "({0}.payable IS NULL AND {0}.steps::jsonb @? '$[*] ? (@.kind == \"not_counted\")')"
"""Whether nothing is counted in a month any more, by a score of any name."""
