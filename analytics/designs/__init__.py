"""How people were drawn, and what that means for the variance of a figure.

    design      weights, stages, calibrations
    strata      stages of selection, and the rules for strata with a single unit
    explained   what a calibration takes out of a figure
    variance    linearised variance and covariance of any figures
    pairwise    the same for draws with known pairwise probabilities
    units       what replicates draw again
    replicates  bootstrap and jackknife factors, and the variance from replicate estimates
    reweigh     every replicate weighted again, with figures of all replicates
    batch       the solver of many calibrations at once

An estimate takes a `design.Design` and asks `variance`; `replicates` and `reweigh` are the other way to the same."""
