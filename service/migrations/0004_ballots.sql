-- The secret ballot. The register knows who voted, the box knows what was voted, and nothing joins the two:
-- a box row holds a random id and a sealed envelope of one length; no time, no order, no respondent.

-- One ballot per audit. `public_key` seals; its private half is never in the database.
CREATE TABLE ballots.ballot (
    audit_id        uuid PRIMARY KEY,
    definition      jsonb NOT NULL,
    definition_hash text NOT NULL CHECK (length(definition_hash) = 64),
    public_key      bytea NOT NULL CHECK (octet_length(public_key) = 32),
    state           text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed', 'counted')),
    opened_on       date NOT NULL,
    closed_on       date,
    counted_on      date,
    result          jsonb,
    CHECK ((state = 'counted') = (result IS NOT NULL))
);

-- Who may vote, in which coarse cell, and on which day they did. `open` is on the row itself, so that a cast and the closing
-- meet on the same row and one of them waits. Closing writes every row anew, in the order of the random respondent id.
CREATE TABLE ballots.register (
    audit_id      uuid NOT NULL,
    respondent_id uuid NOT NULL,
    cell          text NOT NULL CHECK (octet_length(cell) BETWEEN 1 AND 64),
    voted_on      date,
    open          boolean NOT NULL DEFAULT true,
    PRIMARY KEY (audit_id, respondent_id)
);

-- Sealed ballots until the count. The count takes all of them out in the transaction that stores the result.
CREATE TABLE ballots.box (
    audit_id uuid NOT NULL,
    id       uuid NOT NULL,
    sealed   bytea NOT NULL CHECK (octet_length(sealed) = 176),
    PRIMARY KEY (audit_id, id)
);

-- The API drops ballots in and can never look. It can mark a vote in the register, and nothing else there.
GRANT SELECT, INSERT ON ballots.ballot TO samenspraak_api;
GRANT SELECT, INSERT, UPDATE (voted_on) ON ballots.register TO samenspraak_api;
GRANT INSERT ON ballots.box TO samenspraak_api;

-- The worker closes the register and reads results. It never reads the box.
GRANT SELECT, UPDATE (state, closed_on) ON ballots.ballot TO samenspraak_worker;
GRANT SELECT, INSERT, DELETE ON ballots.register TO samenspraak_worker;

-- The count: empties the box, stores the result.
GRANT SELECT, UPDATE (state, closed_on, counted_on, result) ON ballots.ballot TO samenspraak_tally;
GRANT SELECT, INSERT, DELETE ON ballots.register TO samenspraak_tally;
GRANT SELECT, DELETE ON ballots.box TO samenspraak_tally;
