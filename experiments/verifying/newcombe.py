"""Three intervals of a proportion on four examples."""

from experiments.verifying.check import Check, Section
from stats.proportions import Method, proportion

SOURCE = "Newcombe (1998), Statistics in Medicine 17:857; further digits: R"
NAMES: dict[Method, str] = {
    "wilson": "Wilson",
    "clopper_pearson": "Clopper and Pearson",
    "jeffreys": "Jeffreys",
}
# Successes, trials; then the 95 % limits in the order of NAMES.
EXAMPLES = (
    (
        (81, 263),
        ((0.255288520, 0.366209577), (0.252736746, 0.367621923), (0.254521935, 0.365647499)),
    ),
    (
        (15, 148),
        ((0.062386400, 0.160487242), (0.057844010, 0.161650490), (0.060448517, 0.157643143)),
    ),
    (
        (0, 20),
        ((0.0, 0.161125158), (0.0, 0.168433471), (0.000024246, 0.116638983)),
    ),
    (
        (1, 29),
        ((0.006113214, 0.171755219), (0.000872647, 0.177644295), (0.003746174, 0.150077686)),
    ),
)


def section() -> Section:
    """The limits by `stats.proportions`."""
    checks: list[Check] = []
    for (successes, trials), limits in EXAMPLES:
        for (method, name), (low, high) in zip(NAMES.items(), limits, strict=True):
            found = proportion(successes, trials, method=method)
            of = f"{successes} of {trials}, {name}"
            checks.append(Check(f"{of}, lower limit", SOURCE, low, found.low, 1e-9))
            checks.append(Check(f"{of}, upper limit", SOURCE, high, found.high, 1e-9))
    return Section("Intervals of a proportion", tuple(checks))
