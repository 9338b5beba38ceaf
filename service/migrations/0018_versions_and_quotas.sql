-- Texts are corrected in a new version beside the ones before; nobody's version changes under way.
ALTER TABLE fieldwork.questionnaire
    ADD COLUMN version integer NOT NULL DEFAULT 1 CHECK (version >= 1),
    ADD COLUMN reason text NOT NULL DEFAULT '',
    ADD COLUMN corrected_at timestamptz,
    ADD CHECK ((version = 1) = (corrected_at IS NULL)),
    DROP CONSTRAINT questionnaire_pkey,
    ADD PRIMARY KEY (audit_id, version);

-- `version` of the questionnaire that this person answers; `mode`: how the answers come in.
ALTER TABLE fieldwork.response
    ADD COLUMN version integer NOT NULL DEFAULT 1 CHECK (version >= 1),
    ADD COLUMN mode text NOT NULL DEFAULT 'web' CHECK (mode IN ('web', 'kiosk', 'paper', 'phone'));

-- Arms are balanced inside every stratum of the draw.
ALTER TABLE fieldwork.arm_block
    ADD COLUMN stratum text NOT NULL DEFAULT '',
    DROP CONSTRAINT arm_block_pkey,
    ADD PRIMARY KEY (audit_id, stratum);

-- Counters of one quota. They change in the statement that gives or takes back a place. Where `ends`, nobody comes on top.
CREATE TABLE fieldwork.quota (
    audit_id    uuid NOT NULL,
    key         text NOT NULL,
    most        integer NOT NULL CHECK (most >= 1),
    ends        boolean NOT NULL,
    have        integer NOT NULL DEFAULT 0 CHECK (have >= 0),
    reserved    integer NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    turned_away integer NOT NULL DEFAULT 0 CHECK (turned_away >= 0),
    PRIMARY KEY (audit_id, key),
    CHECK (NOT ends OR have + reserved <= most)
);

-- The place of one response in one quota: reserved until a moment, or counted for good once it was sent.
CREATE TABLE fieldwork.quota_place (
    audit_id    uuid NOT NULL,
    response_id uuid NOT NULL,
    quota       text NOT NULL,
    counted     boolean NOT NULL DEFAULT false,
    held_until  timestamptz NOT NULL,
    PRIMARY KEY (audit_id, response_id, quota)
);
CREATE INDEX quota_place_held ON fieldwork.quota_place (audit_id, quota, held_until) WHERE NOT counted;

-- Who comes when a quota is full is let go: no refusal, and not broken off.
ALTER TABLE fieldwork.response
    DROP CONSTRAINT response_state_check,
    ADD CONSTRAINT response_state_check CHECK (state IN ('in_progress', 'completed', 'declined', 'quota_full'));
ALTER TABLE panel.invitation
    DROP CONSTRAINT invitation_disposition_check,
    ADD CONSTRAINT invitation_disposition_check CHECK (disposition IN ('queued', 'sent', 'undeliverable', 'started',
        'completed', 'declined', 'broken_off', 'withdrawn', 'quota_full'));

-- Quotas that the owner asked for, as they were sent.
ALTER TABLE fieldwork.audit ADD COLUMN quotas jsonb NOT NULL DEFAULT '[]';

GRANT SELECT, INSERT, UPDATE, DELETE ON fieldwork.quota, fieldwork.quota_place TO samenspraak_api;
GRANT SELECT, UPDATE ON fieldwork.quota TO samenspraak_worker;
GRANT SELECT, DELETE ON fieldwork.quota_place TO samenspraak_worker;
