-- Forms on paper: what two typists keyed, and what became of it. Rows go with their response.

-- One entry by one typist; `fields` as keyed, by the names printed on the form. `third`: what a third look settled, whole.
CREATE TABLE fieldwork.paper_entry (
    audit_id    uuid NOT NULL,
    response_id uuid NOT NULL,
    turn        text NOT NULL CHECK (turn IN ('first', 'second', 'third')),
    keyed_by    uuid NOT NULL,
    fields      jsonb NOT NULL,
    keyed_at    timestamptz NOT NULL,
    PRIMARY KEY (audit_id, response_id, turn)
);

-- Both entries compared: counts for the published keying error, what was wrong on paper, and why a third look decided as
-- it did.
CREATE TABLE fieldwork.paper_outcome (
    audit_id       uuid NOT NULL,
    response_id    uuid NOT NULL,
    state          text NOT NULL CHECK (state IN ('differing', 'completed', 'without_consent', 'turned_away')),
    fields         integer NOT NULL CHECK (fields >= 0),
    differing      text[] NOT NULL,
    text_fields    integer NOT NULL CHECK (text_fields BETWEEN 0 AND fields),
    text_differing integer NOT NULL CHECK (text_differing >= 0),
    faults         jsonb NOT NULL DEFAULT '[]',
    reason         text,
    changed_at     timestamptz NOT NULL,
    PRIMARY KEY (audit_id, response_id)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON fieldwork.paper_entry, fieldwork.paper_outcome TO samenspraak_api;
GRANT SELECT, DELETE ON fieldwork.paper_entry, fieldwork.paper_outcome TO samenspraak_worker;
