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
