"""Two right-or-wrong results on the same subjects: McNemar's tests and intervals of the difference."""

from experiments.verifying.check import Check, Section
from stats.paired_binary import Counts, mcnemar_p, newcombe, tango

AGRESTI = "Agresti (1990), Categorical Data Analysis, p. 350, as in R's ?mcnemar.test; p values: R"
NEWCOMBE = "Newcombe (1998), Statistics in Medicine 17:2635, method 10"
FAGERLAND = "Fagerland, Lydersen and Laake (2014), Stat. Med. 33:2850, data of Bentur et al. (2009)"

APPROVAL = Counts(both=794, only_level=150, only_against=86, neither=570)
AIRWAYS = Counts(both=1, only_level=1, only_against=7, neither=12)
FIFTY = ((Counts(20, 12, 2, 16), 0.0562, 0.3292), (Counts(36, 12, 2, 0), 0.0569, 0.3404))


def section() -> Section:
    """Tests and intervals by `stats.paired_binary`."""
    exact, _, chi2 = mcnemar_p(APPROVAL)
    checks = [
        Check("approval ratings, p of McNemar's chi-square test", AGRESTI, 3.09929344e-05, chi2, 1e-12),
        Check("approval ratings, p of McNemar's exact test", AGRESTI, 3.71593614e-05, exact, 1e-12),
    ]
    exact, mid, chi2 = mcnemar_p(AIRWAYS)
    checks += [
        Check("airway reactivity, p of McNemar's exact test", FAGERLAND, 0.0703, exact, 5e-5),
        Check("airway reactivity, mid-p", FAGERLAND, 0.0391, mid, 5e-5),
        Check("airway reactivity, p of McNemar's chi-square test", FAGERLAND, 0.0339, chi2, 5e-5),
    ]
    for name, interval, low, high in (
        ("Newcombe", newcombe, -0.507, -0.026),
        ("Tango", tango, -0.517, -0.026),
    ):
        found = interval(AIRWAYS)
        checks.append(Check(f"airway reactivity, {name}, lower limit", FAGERLAND, low, found[0], 5e-4))
        checks.append(Check(f"airway reactivity, {name}, upper limit", FAGERLAND, high, found[1], 5e-4))
    for counts, low, high in FIFTY:
        found = newcombe(counts)
        of = f"{counts.both}, {counts.only_level}, {counts.only_against}, {counts.neither} of 50, Newcombe"
        checks.append(Check(f"{of}, lower limit", NEWCOMBE, low, found[0], 5e-5))
        checks.append(Check(f"{of}, upper limit", NEWCOMBE, high, found[1], 5e-5))
    return Section("Paired proportions", tuple(checks))
