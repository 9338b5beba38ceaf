-- People whom no mail reaches: a typed code beside the link of an invitation, letters, and requests to be called.

-- Keyed hash of the typed code. Empty for invitations from before there were codes: their letters were never printed.
ALTER TABLE panel.invitation ADD COLUMN code_hash bytea CHECK (octet_length(code_hash) = 32);
CREATE UNIQUE INDEX invitation_code_hash ON panel.invitation (code_hash);

-- Who asked to be called. The number is sealed with a key that lies outside the database, since the API, which staff
-- ask, may not read the vault. One request of one person; a new one replaces the number.
CREATE TABLE panel.call_request (
    audit_id      uuid NOT NULL,
    id            uuid NOT NULL,
    invitation_id uuid NOT NULL,
    phone         bytea,
    moment        text NOT NULL CHECK (moment IN ('morning', 'afternoon', 'evening')),
    language      text NOT NULL CHECK (language IN ('nl', 'en')),
    asked_at      timestamptz NOT NULL,
    due_on        date NOT NULL,
    state         text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'not_reached', 'withdrawn')),
    attempts      integer NOT NULL DEFAULT 0,
    decided_by    uuid,
    decided_at    timestamptz,
    PRIMARY KEY (audit_id, id),
    UNIQUE (audit_id, invitation_id),
    CHECK ((state = 'open') = (decided_at IS NULL)),
    CHECK (state = 'withdrawn' OR phone IS NOT NULL)
);
CREATE INDEX call_request_id ON panel.call_request (id);
CREATE INDEX call_request_due ON panel.call_request (state, due_on);

GRANT SELECT, INSERT, UPDATE, DELETE ON panel.call_request TO samenspraak_api;
GRANT SELECT (audit_id), DELETE ON panel.call_request TO samenspraak_worker;
GRANT SELECT (audit_id, invitation_id, asked_at, decided_at), DELETE ON panel.call_request TO samenspraak_vault;

-- Letters that were printed, as a PDF for whoever sends them. It holds addresses beside codes, as the vault does: seven
-- days at most, gone when the report cuts the link between members and answers, and read by staff with the role for it.
CREATE TABLE results.letter_batch (
    organisation_id uuid NOT NULL,
    audit_id        uuid NOT NULL,
    id              uuid NOT NULL,
    state           text NOT NULL DEFAULT 'making' CHECK (state IN ('making', 'ready', 'empty')),
    asked_at        timestamptz NOT NULL,
    people          integer NOT NULL DEFAULT 0 CHECK (people >= 0),
    pdf             bytea,
    PRIMARY KEY (organisation_id, audit_id, id),
    CHECK ((state = 'ready') = (pdf IS NOT NULL))
);
CREATE INDEX letter_batch_id ON results.letter_batch (id);
CREATE INDEX letter_batch_asked ON results.letter_batch (asked_at);

GRANT SELECT, INSERT ON results.letter_batch TO samenspraak_api;
GRANT SELECT, UPDATE, DELETE ON results.letter_batch TO samenspraak_worker;
