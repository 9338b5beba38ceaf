"""Statistics of Samenspraak: arrays and frozen structs in, frozen structs out.

No I/O, clock, logging or asyncio; randomness is an argument. Where to look:

    arrays       names of the array types
    errors       what can be wrong with statistical input
    codes        answers to codes, strict; partial knowledge; unique cells
    frame        population margins and their checks
    distances    raking, linear and logit distances, with bounds
    newton       the dual Newton solver
    ipf          iterative proportional fitting, the fallback
    feasibility  which level cannot be met, which merge repairs it, the tightest limit that works
    calibrate    rake, calibrate, poststratify: weights with a certificate
    trim         trimming with equal redistribution
    weighting    the weighting of one audit: profiles and margins in, weights, design and margin table out
    design       strata, units, finite population correction, degrees of freedom
    variance     linearised variance on calibration residuals, two conventions
    estimate     mean, total, proportion(s), shares, by_group, ratio: value, se, df, interval, n, n_eff, deff
    interval     Korn-Graubard, Wilson, logit, likelihood, arcsine, t
    quality      Kish n_eff and deff
    disclosure   THRESHOLDS, flag, protect and its attack, publish
    ranking      rank intervals
    compare      tests between groups, Holm
    sensitivity  the band for samples that chose themselves
    rates        participation and response rates

A report goes: `frame.margins_of` -> `weighting.weigh` -> `estimate.*` with `weighting.design` ->
`sensitivity.measure` and `band` -> `disclosure.publish`."""
