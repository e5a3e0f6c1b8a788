"""Statistics of prompt sensitivity on tidy pandas tables: one row an observation, columns named by keyword.

`import stats` loads nothing; import what you need from its module:

* `stats.intervals`: `score`, `item_mean`, `wilson`, `fieller`
* `stats.components`: `components`
* `stats.sensitivity`: `sensitivity`
* `stats.compare`: `paired_effect`, `paired_effects`
* `stats.reliability`: `intraclass`
* `stats.estimate`: `Estimate`, the number with an interval that all of them give
* `stats.tables`: `UnbalancedError`
"""
