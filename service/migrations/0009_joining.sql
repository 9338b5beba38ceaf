-- Joining: where people live, households, recruitment by code, optional consents, refresh, merges and flags.

ALTER TABLE panel.member
    -- Derived from a postcode that is itself never kept.
    ADD COLUMN municipality            text CHECK (municipality ~ '^GM[0-9]{4}$'),
    ADD COLUMN urbanity                text CHECK (urbanity IN ('1', '2', '3', '4', '5')),
    -- Keyed hash of postcode and house number: equal for one address, and tells nothing without the key.
    ADD COLUMN household_key           bytea CHECK (octet_length(household_key) = 32),
    -- The chance this person had to be recruited, where a code or a file says so.
    ADD COLUMN recruitment_probability double precision
        CHECK (recruitment_probability > 0 AND recruitment_probability <= 1),
    ADD COLUMN recruitment_wave        text CHECK (length(recruitment_wave) BETWEEN 1 AND 80),
    ADD COLUMN recruitment_batch       uuid,
    -- When the member last changed or confirmed the profile; null: at joining.
    ADD COLUMN profile_at              timestamptz,
    ADD COLUMN profile_asked_at        timestamptz,
    -- Of a duplicate that staff recognised: the member it is the same person as.
    ADD COLUMN merged_into             uuid,
    ADD CONSTRAINT member_merged CHECK (merged_into IS NULL OR status = 'duplicate');
CREATE INDEX member_household ON panel.member (household_key) WHERE household_key IS NOT NULL;
CREATE INDEX member_merged_into ON panel.member (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX member_joined ON panel.member (joined_at);

-- Optional purposes, which may be given, withdrawn and given again.
ALTER TABLE panel.consent DROP CONSTRAINT consent_purpose_check;
ALTER TABLE panel.consent ADD CONSTRAINT consent_purpose_check
    CHECK (purpose IN ('membership', 'profile', 'origin', 'assembly'));
ALTER TABLE panel.consent DROP CONSTRAINT consent_pkey;
ALTER TABLE panel.consent ADD PRIMARY KEY (member_id, purpose, version, given_at);

-- A special category of data, apart from the profile: only of members who agreed to it in so many words.
CREATE TABLE panel.origin (
    member_id uuid PRIMARY KEY,
    origin    text NOT NULL CHECK (origin IN ('N', 'E', 'B')),
    given_at  timestamptz NOT NULL
);

-- That a profile was changed or confirmed, and which answers; the old answers are not kept.
CREATE TABLE panel.profile_change (
    member_id uuid NOT NULL,
    at        timestamptz NOT NULL,
    changed   text[] NOT NULL,
    PRIMARY KEY (member_id, at)
);

-- Signs that a member may be a program or a double. A sign changes nothing until somebody decides.
CREATE TABLE panel.flag (
    id         uuid PRIMARY KEY,
    member_id  uuid NOT NULL,
    kind       text NOT NULL,
    evidence   jsonb NOT NULL,
    raised_at  timestamptz NOT NULL,
    decision   text CHECK (decision IN ('keep', 'pause', 'end')),
    reason     text,
    decided_by text,
    decided_at timestamptz,
    UNIQUE (member_id, kind),
    CHECK ((decision IS NULL) = (decided_at IS NULL))
);

-- Two memberships of one person, made into one by staff.
CREATE TABLE panel.merge (
    id             uuid PRIMARY KEY,
    kept           uuid NOT NULL,
    duplicate      uuid NOT NULL UNIQUE,
    participations integer NOT NULL,
    consents       integer NOT NULL,
    invitations    integer NOT NULL,
    overlapping    integer NOT NULL,
    reason         text NOT NULL,
    staff          text NOT NULL,
    merged_at      timestamptz NOT NULL
);

-- Invitation codes for recruitment by letter. `wrong` counts what was guessed since `wrong_since`.
CREATE TABLE panel.code_batch (
    id          uuid PRIMARY KEY,
    prefix      text NOT NULL UNIQUE CHECK (length(prefix) = 3),
    name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    kind        text NOT NULL CHECK (kind IN ('probability', 'opt_in_panel', 'event', 'open_link', 'simulated')),
    probability double precision CHECK (probability > 0 AND probability <= 1),
    source      text NOT NULL,
    legal_basis text NOT NULL,
    size        integer NOT NULL CHECK (size > 0),
    used        integer NOT NULL DEFAULT 0,
    wrong       integer NOT NULL DEFAULT 0,
    wrong_since timestamptz,
    staff       text NOT NULL,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    ended_at    timestamptz,
    CHECK (kind <> 'probability' OR probability IS NOT NULL)
);
CREATE TABLE panel.code (
    code_hash bytea PRIMARY KEY CHECK (octet_length(code_hash) = 32),
    batch_id  uuid NOT NULL,
    -- Who signed up with it; used from the moment that the sign-up is confirmed.
    member_id uuid,
    used_at   timestamptz
);
CREATE INDEX code_batch_id ON panel.code (batch_id);
CREATE INDEX code_member ON panel.code (member_id) WHERE member_id IS NOT NULL;

-- Which municipality a postcode of four digits lies in, and how urban it is; each version whole and unchanged.
CREATE TABLE panel.postcode_table (
    id           uuid PRIMARY KEY,
    version      text NOT NULL,
    source       text NOT NULL,
    provenance   text NOT NULL CHECK (provenance IN ('read', 'derived-from-read')),
    content_hash text NOT NULL,
    size         integer NOT NULL CHECK (size > 0),
    staff        text NOT NULL,
    imported_at  timestamptz NOT NULL,
    UNIQUE (version, content_hash)
);
CREATE TABLE panel.postcode (
    table_id     uuid NOT NULL,
    pc4          text NOT NULL CHECK (pc4 ~ '^[1-9][0-9]{3}$'),
    municipality text NOT NULL,
    province     text NOT NULL,
    landsdeel    text NOT NULL,
    urbanity     text NOT NULL CHECK (urbanity IN ('1', '2', '3', '4', '5')),
    PRIMARY KEY (table_id, pc4)
);

-- Member files: names of columns are one part of the mapping now.
UPDATE vault.import SET mapping = jsonb_build_object('columns', mapping);

-- The API: profiles are edited by their owners, duplicates merged by staff. Still nothing of the vault is read.
GRANT SELECT, INSERT ON panel.origin, panel.profile_change, panel.flag, panel.merge, panel.code_batch, panel.code,
    panel.postcode_table, panel.postcode TO samenspraak_api;
GRANT DELETE ON panel.origin TO samenspraak_api;
GRANT UPDATE (kind, sex, birth_year, province, education, municipality, urbanity, household_key, profile_at,
    merged_into, recruitment_probability, recruitment_batch) ON panel.member TO samenspraak_api;
GRANT UPDATE (member_id) ON panel.consent, panel.participation TO samenspraak_api;

GRANT UPDATE (decision, reason, decided_by, decided_at) ON panel.flag TO samenspraak_api;
GRANT UPDATE (used, wrong, wrong_since, ended_at) ON panel.code_batch TO samenspraak_api;
GRANT UPDATE (member_id, used_at) ON panel.code TO samenspraak_api;

-- The worker: exports, and asks whether profiles are still right.
GRANT SELECT ON panel.origin, panel.profile_change, panel.flag, panel.merge, panel.code_batch, panel.code,
    panel.postcode_table, panel.postcode TO samenspraak_worker;
GRANT UPDATE (profile_asked_at) ON panel.member TO samenspraak_worker;

-- The vault keeper: import, erasure, purge.
GRANT SELECT, INSERT, DELETE ON panel.origin, panel.flag TO samenspraak_vault;
GRANT SELECT, DELETE ON panel.profile_change, panel.merge, panel.code TO samenspraak_vault;
GRANT UPDATE (member_id) ON panel.code TO samenspraak_vault;
GRANT SELECT ON panel.code_batch, panel.postcode_table, panel.postcode TO samenspraak_vault;
-- From which age people may join is read from the population figures.
GRANT SELECT (id, margins) ON panel.margin_set TO samenspraak_vault;
