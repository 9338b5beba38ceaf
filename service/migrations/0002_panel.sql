-- Identity vault and panel. Contact data and profile share nothing but the member id, and no role of the API can read
-- the vault: it may only drop something in.

-- Contact data: the only table that knows an address. `email_key` is a keyed hash (HMAC-SHA256) of the normalised address.
CREATE TABLE vault.contact (
    member_id  uuid PRIMARY KEY,
    email      text NOT NULL CHECK (octet_length(email) BETWEEN 3 AND 254),
    email_key  bytea NOT NULL CHECK (octet_length(email_key) = 32),
    language   text NOT NULL CHECK (language IN ('nl', 'en')),
    state      text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'active', 'ended')),
    created_at timestamptz NOT NULL
);
-- One active membership per address. Pending rows may repeat, so that a sign-up never tells who is a member.
CREATE UNIQUE INDEX contact_active_address ON vault.contact (email_key) WHERE state = 'active';
CREATE INDEX contact_address ON vault.contact (email_key);

-- Member files as they came in, until the import has read them.
CREATE TABLE vault.import (
    id        uuid PRIMARY KEY,
    csv       bytea,
    mapping   jsonb NOT NULL,
    queued_at timestamptz NOT NULL
);

-- Tombstones: enough to erase again after a restore and to refuse an old file, not enough to know anybody.
CREATE TABLE vault.erasure (
    member_hash bytea PRIMARY KEY CHECK (octet_length(member_hash) = 32),
    email_key   bytea CHECK (octet_length(email_key) = 32),
    erased_at   timestamptz NOT NULL
);
CREATE INDEX erasure_address ON vault.erasure (email_key);

-- Profiles. `admitted` turns true when the vault has given the address to this member; only then may it be drawn.
CREATE TABLE panel.member (
    id                   uuid PRIMARY KEY,
    status               text NOT NULL CHECK (status IN ('pending', 'active', 'paused', 'withdrawn', 'duplicate')),
    admitted             boolean NOT NULL DEFAULT false,
    kind                 text NOT NULL
        CHECK (kind IN ('probability', 'opt_in_panel', 'event', 'open_link', 'simulated')),
    sex                  text CHECK (sex IN ('M', 'V', 'X')),
    birth_year           smallint NOT NULL CHECK (birth_year BETWEEN 1900 AND 2200),
    province             text CHECK (province IN
        ('PV20', 'PV21', 'PV22', 'PV23', 'PV24', 'PV25', 'PV26', 'PV27', 'PV28', 'PV29', 'PV30', 'PV31')),
    education            text CHECK (education IN ('1', '2', '3')),
    language             text NOT NULL CHECK (language IN ('nl', 'en')),
    consent_version      text NOT NULL,
    consent_at           timestamptz NOT NULL,
    joined_at            timestamptz NOT NULL,
    ended_at             timestamptz,
    erasure_requested_at timestamptz,
    confirm_hash         bytea NOT NULL CHECK (octet_length(confirm_hash) = 32),
    link_hash            bytea NOT NULL CHECK (octet_length(link_hash) = 32)
);
CREATE INDEX member_confirm_hash ON panel.member (confirm_hash);
CREATE INDEX member_link_hash ON panel.member (link_hash);
CREATE INDEX member_status ON panel.member (kind, status);

-- One row per purpose and version a member agreed to; withdrawing ends a row, it never removes it.
CREATE TABLE panel.consent (
    member_id    uuid NOT NULL,
    purpose      text NOT NULL CHECK (purpose IN ('membership', 'profile')),
    version      text NOT NULL,
    given_at     timestamptz NOT NULL,
    withdrawn_at timestamptz,
    PRIMARY KEY (member_id, purpose, version)
);

-- What became of an import of members; faults name row and column, never a value.
CREATE TABLE panel.import_outcome (
    id          uuid PRIMARY KEY,
    kind        text NOT NULL CHECK (kind IN ('probability', 'opt_in_panel', 'event', 'open_link', 'simulated')),
    dry_run     boolean NOT NULL,
    staff       text NOT NULL,
    queued_at   timestamptz NOT NULL,
    outcome     jsonb,
    finished_at timestamptz
);

-- Population margins, each version whole and unchanged.
CREATE TABLE panel.margin_set (
    id           text PRIMARY KEY,
    name         text NOT NULL,
    content_hash text NOT NULL,
    margins      jsonb NOT NULL,
    imported_at  timestamptz NOT NULL,
    UNIQUE (content_hash, name)
);

-- One draw per audit: what is needed to repeat it, no member.
CREATE TABLE panel.draw (
    audit_id    uuid PRIMARY KEY,
    margins_id  text NOT NULL,
    sample_kind text NOT NULL,
    seed        text NOT NULL,
    size        integer NOT NULL CHECK (size > 0),
    frame_size  integer NOT NULL,
    frame_hash  text NOT NULL,
    strata      jsonb NOT NULL,
    drawn_at    timestamptz NOT NULL
);

-- Invitations: the one place where a member and a respondent meet, until `member_id` is emptied when the audit is reported.
-- Rows are written in the random order of `respondent_id`.
CREATE TABLE panel.invitation (
    audit_id       uuid NOT NULL,
    id             uuid NOT NULL,
    member_id      uuid,
    respondent_id  uuid NOT NULL,
    batch          integer NOT NULL,
    disposition    text NOT NULL DEFAULT 'queued' CHECK (disposition IN
        ('queued', 'sent', 'undeliverable', 'started', 'completed', 'declined', 'broken_off', 'withdrawn')),
    stratum        text NOT NULL,
    probability    double precision NOT NULL CHECK (probability > 0 AND probability <= 1),
    profile        jsonb NOT NULL,
    language       text NOT NULL CHECK (language IN ('nl', 'en')),
    token_hash     bytea NOT NULL CHECK (octet_length(token_hash) = 32),
    created_at     timestamptz NOT NULL,
    disposition_at timestamptz NOT NULL,
    unlinked_at    timestamptz,
    PRIMARY KEY (audit_id, id),
    UNIQUE (audit_id, respondent_id),
    UNIQUE (audit_id, member_id)
);
CREATE INDEX invitation_id ON panel.invitation (id);
CREATE INDEX invitation_token_hash ON panel.invitation (token_hash);
CREATE INDEX invitation_member ON panel.invitation (member_id) WHERE member_id IS NOT NULL;

-- Each mail of each wave once.
CREATE TABLE panel.mailing (
    audit_id      uuid NOT NULL,
    invitation_id uuid NOT NULL,
    wave          text NOT NULL,
    sent_at       timestamptz NOT NULL,
    PRIMARY KEY (audit_id, invitation_id, wave)
);

-- Who was invited to what, without a respondent: for news about the result after the link is gone. Written in member order.
CREATE TABLE panel.participation (
    audit_id   uuid NOT NULL,
    member_id  uuid NOT NULL,
    invited_on date NOT NULL,
    told_on    date,
    PRIMARY KEY (audit_id, member_id)
);
CREATE INDEX participation_member ON panel.participation (member_id);

-- The API: drops contact data in, never reads it back.
GRANT USAGE ON SCHEMA vault, panel TO samenspraak_api;
GRANT INSERT ON vault.contact, vault.import TO samenspraak_api;
GRANT SELECT, INSERT ON panel.member, panel.consent, panel.import_outcome, panel.margin_set, panel.draw,
    panel.invitation, panel.participation TO samenspraak_api;
GRANT UPDATE (status, ended_at, erasure_requested_at) ON panel.member TO samenspraak_api;
GRANT UPDATE (withdrawn_at) ON panel.consent TO samenspraak_api;
GRANT UPDATE (disposition, disposition_at) ON panel.invitation TO samenspraak_api;
GRANT SELECT ON panel.mailing TO samenspraak_api;

-- The worker: fieldwork, no address.
GRANT USAGE ON SCHEMA panel TO samenspraak_worker;
GRANT SELECT ON ALL TABLES IN SCHEMA panel TO samenspraak_worker;
GRANT INSERT ON panel.mailing TO samenspraak_worker;
GRANT UPDATE (disposition, disposition_at, member_id, unlinked_at) ON panel.invitation TO samenspraak_worker;
GRANT UPDATE (told_on) ON panel.participation TO samenspraak_worker;

-- The vault keeper: addresses, and of the panel what admission, import, erasure and purge need.
GRANT USAGE ON SCHEMA vault, panel TO samenspraak_vault;
GRANT SELECT, INSERT, UPDATE, DELETE ON vault.contact, vault.import, vault.erasure TO samenspraak_vault;
GRANT SELECT, INSERT, DELETE ON panel.member, panel.consent TO samenspraak_vault;
GRANT UPDATE (status, admitted, ended_at) ON panel.member TO samenspraak_vault;
GRANT SELECT, DELETE ON panel.import_outcome TO samenspraak_vault;
GRANT UPDATE (outcome, finished_at) ON panel.import_outcome TO samenspraak_vault;
GRANT SELECT (audit_id, id, member_id, respondent_id, created_at, unlinked_at), DELETE
    ON panel.invitation TO samenspraak_vault;
GRANT UPDATE (member_id, unlinked_at, disposition, disposition_at) ON panel.invitation TO samenspraak_vault;
GRANT SELECT, DELETE ON panel.mailing, panel.participation TO samenspraak_vault;
GRANT SELECT (imported_at) ON panel.margin_set TO samenspraak_vault;
GRANT SELECT (drawn_at) ON panel.draw TO samenspraak_vault;
