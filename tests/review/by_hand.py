"""Agreement worked out again from exported ratings, by the formulas as they are written.

Krippendorff's ordinal alpha from its coincidence matrix, ICC(2,1) and ICC(2,k) from mean squares,
Cohen's kappa with quadratic weights from its table. Nothing here is shared with sqpsych.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations, permutations

Table = Sequence[Mapping[str, float]]
"""A row a unit: ratings by rater."""


def compute_alpha(table: Table) -> float:
    """Krippendorff's alpha, ordinal."""
    units = [list(row.values()) for row in table if len(row) > 1]
    values = sorted({value for unit in units for value in unit})
    matrix = {(c, k): 0.0 for c in values for k in values}
    for unit in units:
        for c, k in permutations(range(len(unit)), 2):
            matrix[unit[c], unit[k]] += 1 / (len(unit) - 1)
    sums = {c: sum(matrix[c, k] for k in values) for c in values}
    total = sum(sums.values())

    def distance(c: float, k: float) -> float:
        low, high = sorted((c, k))
        between = sum(sums[g] for g in values if low <= g <= high)
        return (between - (sums[c] + sums[k]) / 2) ** 2

    observed = sum(matrix[c, k] * distance(c, k) for c in values for k in values)
    expected = sum(sums[c] * sums[k] * distance(c, k) for c in values for k in values)
    return 1 - (total - 1) * observed / expected


def compute_icc(table: Table) -> tuple[float, float]:
    """ICC(2,1) and ICC(2,k) of a complete table."""
    raters = list(table[0])
    n, k = len(table), len(raters)
    grand = sum(row[r] for row in table for r in raters) / (n * k)
    rows = [sum(row[r] for r in raters) / k for row in table]
    columns = [sum(row[r] for row in table) / n for r in raters]
    between = k * sum((mean - grand) ** 2 for mean in rows) / (n - 1)
    judges = n * sum((mean - grand) ** 2 for mean in columns) / (k - 1)
    rest = sum(
        (row[r] - rows[i] - columns[j] + grand) ** 2
        for i, row in enumerate(table)
        for j, r in enumerate(raters)
    ) / ((n - 1) * (k - 1))
    single = (between - rest) / (between + (k - 1) * rest + k * (judges - rest) / n)
    return single, (between - rest) / (between + (judges - rest) / n)


def compute_kappa(table: Table) -> float:
    """Mean over pairs of raters of Cohen's kappa with quadratic weights."""
    kappas = []
    for a, b in combinations(list(table[0]), 2):
        pairs = [(row[a], row[b]) for row in table]
        n = len(pairs)
        observed = sum((x - y) ** 2 for x, y in pairs) / n
        expected = sum((x - y) ** 2 for x, _ in pairs for _, y in pairs) / n**2
        kappas.append(1 - observed / expected)
    return sum(kappas) / len(kappas)
