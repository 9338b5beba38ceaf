-- Tenants, keys, idempotency keys, the life cycle of audits with its trail, and the frozen results.

CREATE TABLE ops.organisation (
    id         uuid PRIMARY KEY,
    name       text NOT NULL CHECK (length(name) BETWEEN 2 AND 200),
    created_at timestamptz NOT NULL
);

-- Credentials. The key itself is shown once and never stored. Keys of staff roles belong to no organisation.
CREATE TABLE ops.api_key (
    id              uuid PRIMARY KEY,
    secret_hash     bytea NOT NULL UNIQUE CHECK (octet_length(secret_hash) = 32),
    role            text NOT NULL CHECK (role IN ('developer', 'staff', 'fieldwork', 'auditor')),
    organisation_id uuid,
    scopes          text[] NOT NULL,
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz,
    revoked_at      timestamptz,
    last_used_at    timestamptz,
    CHECK ((role = 'developer') = (organisation_id IS NOT NULL))
);
CREATE INDEX api_key_organisation ON ops.api_key (organisation_id) WHERE organisation_id IS NOT NULL;

-- One row per idempotency key, written in the transaction of its effect; `status` is null only inside that transaction.
CREATE TABLE ops.idempotency (
    api_key_id  uuid NOT NULL,
    key         text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    fingerprint bytea NOT NULL CHECK (octet_length(fingerprint) = 32),
    status      smallint,
    headers     jsonb,
    body        bytea,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (api_key_id, key)
);
CREATE INDEX idempotency_created ON ops.idempotency (created_at);

-- Every change of state, chained by hash. Nobody may change or remove a row; `detail` keeps the exact bytes that were hashed.
CREATE TABLE ops.trail (
    number          bigint PRIMARY KEY CHECK (number > 0),
    at              timestamptz NOT NULL,
    actor           text NOT NULL,
    event           text NOT NULL,
    organisation_id uuid,
    audit_id        uuid,
    detail          text NOT NULL,
    previous_hash   text NOT NULL CHECK (length(previous_hash) = 64),
    hash            text NOT NULL UNIQUE CHECK (length(hash) = 64)
);
CREATE INDEX trail_audit ON ops.trail (audit_id, number) WHERE audit_id IS NOT NULL;

-- The last link of the chain: one row, locked by whoever adds an event.
CREATE TABLE ops.trail_head (
    one    boolean PRIMARY KEY DEFAULT true CHECK (one),
    number bigint NOT NULL,
    hash   text NOT NULL CHECK (length(hash) = 64)
);
INSERT INTO ops.trail_head (number, hash) VALUES (0, repeat('0', 64));

CREATE TABLE fieldwork.audit (
    organisation_id     uuid NOT NULL,
    id                  uuid NOT NULL,
    application_id      uuid NOT NULL,
    application_name    text NOT NULL,
    form                text NOT NULL CHECK (form IN ('short', 'standard', 'long')),
    target_completes    integer NOT NULL CHECK (target_completes > 0),
    secret_ballot       boolean NOT NULL,
    wants_to_learn      text NOT NULL,
    state               text NOT NULL CHECK (state IN ('draft', 'submitted', 'in_review', 'approved', 'fielding', 'closed',
                            'analysing', 'reported', 'published', 'refused', 'withdrawn')),
    sample_kind         text CHECK (sample_kind IN ('probability', 'opt_in_panel', 'event', 'open_link', 'simulated')),
    plan                jsonb,
    plan_hash           text CHECK (length(plan_hash) = 64),
    seed                text CHECK (length(seed) = 32),
    reason              text,
    created_at          timestamptz NOT NULL,
    opened_at           timestamptz,
    closed_at           timestamptz,
    reported_at         timestamptz,
    publish_by          timestamptz,
    published_at        timestamptz,
    PRIMARY KEY (organisation_id, id),
    CHECK ((plan IS NULL) = (plan_hash IS NULL)),
    CHECK ((plan IS NULL) = (seed IS NULL)),
    CHECK ((reported_at IS NULL) = (publish_by IS NULL))
);
CREATE INDEX audit_id ON fieldwork.audit (id);
CREATE INDEX audit_state ON fieldwork.audit (state, id);
CREATE INDEX audit_due ON fieldwork.audit (publish_by) WHERE state = 'reported';

-- The frozen report in its four forms; never made again.
CREATE TABLE results.report (
    organisation_id uuid NOT NULL,
    audit_id        uuid NOT NULL,
    json            bytea NOT NULL,
    html            bytea NOT NULL,
    pdf             bytea NOT NULL,
    csv             bytea NOT NULL,
    etag            text NOT NULL,
    plan_hash       text NOT NULL CHECK (length(plan_hash) = 64),
    signature       text NOT NULL,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (organisation_id, audit_id)
);

-- What the owner answers in public; given once.
CREATE TABLE results.owner_response (
    organisation_id uuid NOT NULL,
    audit_id        uuid NOT NULL,
    response        jsonb NOT NULL,
    received_at     timestamptz NOT NULL,
    PRIMARY KEY (organisation_id, audit_id)
);

GRANT SELECT, INSERT ON ops.organisation TO samenspraak_api;
GRANT SELECT, INSERT ON ops.api_key TO samenspraak_api;
GRANT UPDATE (revoked_at, last_used_at) ON ops.api_key TO samenspraak_api;
GRANT SELECT, INSERT, UPDATE ON ops.idempotency TO samenspraak_api;
GRANT SELECT, DELETE ON ops.idempotency TO samenspraak_worker, samenspraak_vault;
GRANT SELECT, INSERT ON ops.trail TO samenspraak_api, samenspraak_worker, samenspraak_vault;
GRANT SELECT, UPDATE ON ops.trail_head TO samenspraak_api, samenspraak_worker, samenspraak_vault;
GRANT SELECT, INSERT, UPDATE ON fieldwork.audit TO samenspraak_api;
GRANT SELECT, UPDATE ON fieldwork.audit TO samenspraak_worker;
GRANT SELECT ON results.report TO samenspraak_api;
GRANT SELECT, INSERT ON results.report TO samenspraak_worker;
GRANT SELECT, INSERT ON results.owner_response TO samenspraak_api;
GRANT SELECT ON results.owner_response TO samenspraak_worker;
-- Expired keys and their rows go with the purge.
GRANT SELECT, DELETE ON ops.api_key TO samenspraak_worker;
