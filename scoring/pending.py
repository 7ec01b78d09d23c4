"""SQL of what keeps a score from being final. It is joined when a score is shown and stands in no stored score.

So a score whose days have stopped waiting is the very one of a run that never waited, with the same digest.
"""

PENDING_SQL = """
JOIN LATERAL (
    SELECT count(DISTINCT day) FILTER (WHERE NOT overruled) AS days_waiting,
           coalesce(array_agg(DISTINCT terminal.name) FILTER (WHERE NOT overruled), ARRAY[]::text[]) AS waiting_for,
           count(DISTINCT day) FILTER (WHERE overruled) AS days_overruled,
           coalesce(array_agg(DISTINCT terminal.name) FILTER (WHERE overruled), ARRAY[]::text[]) AS overruled_for
    FROM waiting_day JOIN terminal ON terminal.id = waiting_day.terminal_id
    WHERE waiting_day.employee_id = latest.employee_id AND day >= (latest.period || '-01')::date
      AND day < (latest.period || '-01')::date + interval '1 month'
) AS pending ON true
"""
"""Joined to a score that the query calls `latest`."""
PAYABLE_SQL = "CASE WHEN days_waiting = 0 THEN latest.payable END AS payable"
"""Nothing may be paid while a day waits."""
