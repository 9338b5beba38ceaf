-- What people of staff made of open answers: codes and the approval of a quote, apart from what the machine makes of them.

-- One row per answer and coder. The coder is a key, not a name. A row goes with its answer.
CREATE TABLE fieldwork.recoding (
    audit_id       uuid NOT NULL,
    response_id    uuid NOT NULL,
    question       text NOT NULL,
    coder          uuid NOT NULL,
    codes          text[] NOT NULL,
    quote_approved boolean NOT NULL,
    decided_at     timestamptz NOT NULL,
    PRIMARY KEY (audit_id, response_id, question, coder)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON fieldwork.recoding TO samenspraak_api;
GRANT SELECT, DELETE ON fieldwork.recoding TO samenspraak_worker;
