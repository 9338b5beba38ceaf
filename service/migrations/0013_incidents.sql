-- Open answers that seem to tell of danger, harm or a complaint: a person of staff looks at each before a date.
-- Days only, since a moment would tell when somebody answered. A row goes with its response.
CREATE TABLE fieldwork.incident (
    audit_id    uuid NOT NULL,
    id          uuid NOT NULL,
    response_id uuid NOT NULL,
    question    text NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('danger', 'harm', 'complaint')),
    found       text[] NOT NULL,
    noticed_on  date NOT NULL,
    due_on      date NOT NULL,
    state       text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'handled', 'no_incident')),
    decided_by  uuid,
    decided_on  date,
    note        text,
    PRIMARY KEY (audit_id, id),
    UNIQUE (audit_id, response_id, question),
    CHECK ((state = 'open') = (decided_on IS NULL))
);
CREATE INDEX incident_due ON fieldwork.incident (state, due_on);

GRANT SELECT, INSERT, UPDATE, DELETE ON fieldwork.incident TO samenspraak_api;
GRANT SELECT, DELETE ON fieldwork.incident TO samenspraak_worker;
