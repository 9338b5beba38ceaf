"""Figures from counts of people who are alike: the cost of a report does not grow with the number of respondents.

    table       people counted by cell, and answers counted by cell: from arrays or from a grouped query
    weigh       raking on the cells, with the certificate of the array path
    design      weights, strata and calibration residuals per cell
    moments     the sums that every variance is made of, for all answers and groups at once
    estimates   means, shares and contrasts, as the structs of `analytics.estimates`

For closed questions, a design with replacement and strata that are functions of the cell, cell tables are sufficient
statistics: the figures equal those of `analytics.estimates` on the respondents themselves. Clusters, stages, models and
replicates need the respondents."""
