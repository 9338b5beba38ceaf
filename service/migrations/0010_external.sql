-- People who are no members of the panel: sent by a panel firm, or drawn from a register by its holder. No contact data
-- come in: the firm and the holder of the register write to them.

-- Who sends people to an audit. `definition` is what staff wrote down, with the legal basis of a register.
CREATE TABLE panel.source (
    audit_id     uuid NOT NULL,
    id           uuid NOT NULL,
    intake       text NOT NULL CHECK (intake IN ('link_in', 'register')),
    sample_kind  text NOT NULL CHECK (sample_kind IN ('probability', 'opt_in_panel', 'event', 'open_link', 'simulated')),
    definition   jsonb NOT NULL,
    token_hash   bytea NOT NULL CHECK (octet_length(token_hash) = 32),
    most         integer CHECK (most > 0),
    came_in      integer NOT NULL DEFAULT 0 CHECK (came_in >= 0),
    screened_out integer NOT NULL DEFAULT 0 CHECK (screened_out >= 0),
    quota_full   integer NOT NULL DEFAULT 0 CHECK (quota_full >= 0),
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (audit_id, id)
);
CREATE INDEX source_token_hash ON panel.source (token_hash);

-- Rows of a register file between loading and opening: a reference that means something to the holder only.
CREATE TABLE panel.register_person (
    audit_id    uuid NOT NULL,
    source_id   uuid NOT NULL,
    reference   text NOT NULL CHECK (length(reference) BETWEEN 1 AND 100),
    probability double precision NOT NULL CHECK (probability > 0 AND probability <= 1),
    stratum     text NOT NULL,
    profile     jsonb NOT NULL,
    language    text NOT NULL CHECK (language IN ('nl', 'en')),
    loaded_at   timestamptz NOT NULL,
    PRIMARY KEY (audit_id, source_id, reference)
);

-- Which reference an invitation belongs to, until the link is cut when the audit is reported.
CREATE TABLE panel.arrival (
    audit_id      uuid NOT NULL,
    source_id     uuid NOT NULL,
    reference     text NOT NULL CHECK (length(reference) BETWEEN 1 AND 100),
    invitation_id uuid NOT NULL,
    PRIMARY KEY (audit_id, source_id, reference)
);
CREATE INDEX arrival_invitation ON panel.arrival (audit_id, invitation_id);

ALTER TABLE panel.invitation ADD COLUMN source_id uuid;

GRANT SELECT, INSERT ON panel.source, panel.arrival TO samenspraak_api;
GRANT UPDATE (came_in, screened_out, quota_full) ON panel.source TO samenspraak_api;
GRANT SELECT, INSERT, DELETE ON panel.register_person TO samenspraak_api;
GRANT SELECT ON panel.source, panel.register_person TO samenspraak_worker;
GRANT SELECT, DELETE ON panel.arrival TO samenspraak_worker;
GRANT SELECT (created_at) ON panel.source TO samenspraak_vault;
GRANT SELECT (loaded_at), DELETE ON panel.register_person TO samenspraak_vault;
GRANT SELECT (audit_id, invitation_id), DELETE ON panel.arrival TO samenspraak_vault;
GRANT SELECT (source_id) ON panel.invitation TO samenspraak_vault;
