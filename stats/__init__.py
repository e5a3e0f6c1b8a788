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
* `stats.metrics`: `all_metrics`; each in its own module: `stats.drop_rate`, `stats.worst_case`,
  `stats.item_worst`, `stats.best_case`, `stats.consistency`, `stats.kappa`, `stats.pss`, `stats.entropy`,
  `stats.posix`, `stats.xparacon`, `stats.cohen_h`, `stats.passk`
* `stats.grader`: `grader_effect`; `stats.missing`: `missing_bounds`; `stats.multiprompt`: `multiprompt`
* `stats.compare`: `paired_effect`, `paired_effects`; `stats.paired_binary`: `paired_proportions`
* `stats.omnibus`: `omnibus`; `stats.multiplicity`: `compare_all`
* `stats.equivalence`: `equivalence`; `stats.stability`: `stability`
* `stats.ranks`: `ranking`; `stats.seesaw`: `seesaw`, `seesaw_published`
* `stats.design`: `d_study`, `half_width`; `stats.power`: `power`, `detectable`; `stats.plan`: `cheapest`
* `stats.sequential`: `confidence_sequence`; `stats.repeated`: `repeated_mean`, `repeated_difference`;
  `stats.group_sequential`: `boundaries`, `spent`; `stats.stopping`: `decisions`
* `stats.reliability`: `intraclass`
* `stats.estimate`: `Estimate`, the number with an interval that all of them give
* `stats.tables`: `UnbalancedError`
"""
