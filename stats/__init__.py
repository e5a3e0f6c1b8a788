"""Statistics of prompt sensitivity on tidy pandas tables: one row an observation, columns named by keyword.

`import stats` loads nothing; import what you need from its module:

* `stats.intervals`: `score`, `item_mean`, `fieller`
* `stats.proportions`: `proportion`, `wilson`
* `stats.clusters`: `clustered_mean`
* `stats.bootstrap`: `item_bootstrap`, `crossed_bootstrap`
* `stats.components`: `components`, and `decompose` of cells that `stats.tables.fold` makes from codes
* `stats.shares`: `variance_shares`
* `stats.sobol`: `sobol`
* `stats.logistic`: `logit_components`
* `stats.sensitivity`: `sensitivity`
* `stats.compare`: `paired_effect`, `paired_effects`
* `stats.reliability`: `intraclass`
* `stats.estimate`: `Estimate`, the number with an interval that all of them give
* `stats.tables`: `UnbalancedError`
"""
