"""The months of a period under a law: a month, a quarter or a year."""

from scoring.laws import PeriodLaw

LONGEST_MONTH = 62
"""Days of two months: who comes from a body that counts to the 15th has one long month."""


def one_month(law: PeriodLaw) -> bool:
    """Whether the period is a month: an allowance is paid by the month."""
    return len(law.day_digests) <= LONGEST_MONTH
