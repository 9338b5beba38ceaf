"""Statistics of Samenspraak: arrays and frozen structs in, frozen structs out.

No I/O, clock, logging or asyncio; randomness is an argument. One room for each question a reader of a report asks:

    weights         how do the people who answered stand for the population?
    designs         how much could chance have moved a figure, given how people were drawn and weighted?
    estimates       what did people say?
    comparisons     do groups, waves or variants differ, after correction for how often we looked?
    models          what goes together with what, and a second opinion for thin cells
    representation  who is missing, and how much could that matter?
    texts           what did people write in their own words?
    disclosure      what may leave?

`arrays` names the array types, `errors` says what can be wrong with statistical input. A report goes:
`weights.frame.margins_of` -> `weights.weigh.weigh` -> `estimates.estimate` with the design it returns ->
`representation.sensitivity` -> `disclosure`. Every module's docstring names the source of its method."""
