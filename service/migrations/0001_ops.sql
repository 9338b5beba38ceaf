-- Schemas of the whole house, who may enter them, and the operations that everything else rests on.

CREATE SCHEMA IF NOT EXISTS ops;
CREATE SCHEMA vault;
CREATE SCHEMA panel;
CREATE SCHEMA fieldwork;
CREATE SCHEMA ballots;
CREATE SCHEMA results;

-- To enter a schema is not to read its tables: every migration grants per table what each role needs.
GRANT USAGE ON SCHEMA ops, vault, panel, fieldwork, ballots, results TO samenspraak_api;
GRANT USAGE ON SCHEMA ops, panel, fieldwork, ballots, results TO samenspraak_worker;
GRANT USAGE ON SCHEMA ops, vault, panel, fieldwork TO samenspraak_vault;
GRANT USAGE ON SCHEMA ops, ballots TO samenspraak_tally;

GRANT SELECT ON ops.migration TO samenspraak_api, samenspraak_worker;

-- One job: written in the transaction of the change it belongs to, so it exists exactly if that change does.
CREATE TABLE ops.job (
    id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (length(kind) BETWEEN 3 AND 60),
    -- Ids and small words only; never contact data.
    args jsonb NOT NULL,
    -- The same key is the same job, however often it is asked for.
    dedup_key text NOT NULL UNIQUE CHECK (length(dedup_key) BETWEEN 1 AND 200),
    queue text NOT NULL CHECK (queue IN ('default', 'reports')),
    state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'done', 'dead')),
    attempts integer NOT NULL DEFAULT 0,
    run_after timestamptz NOT NULL,
    -- While running: nobody else takes the job before this moment.
    lease_until timestamptz,
    -- Counts the claims. Whoever holds an older number lost the job and may no longer settle it.
    fence integer NOT NULL DEFAULT 0,
    last_error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    CHECK ((state = 'running') = (lease_until IS NOT NULL))
);
CREATE INDEX job_due ON ops.job (queue, run_after) WHERE state = 'queued';
CREATE INDEX job_leased ON ops.job (lease_until) WHERE state = 'running';
CREATE INDEX job_finished ON ops.job (finished_at) WHERE state IN ('done', 'dead');

GRANT SELECT, INSERT, UPDATE ON ops.job TO samenspraak_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON ops.job TO samenspraak_worker;
GRANT SELECT (id, dedup_key), INSERT ON ops.job TO samenspraak_vault, samenspraak_tally;

-- Proof of every purge: what a run removed, what it kept, and the oldest row that is left.
CREATE TABLE ops.purge_run (
    id uuid NOT NULL,
    table_name text NOT NULL,
    day date NOT NULL,
    deleted bigint NOT NULL,
    kept bigint NOT NULL,
    oldest timestamptz,
    finished_at timestamptz NOT NULL,
    PRIMARY KEY (id, table_name)
);
CREATE INDEX purge_run_day ON ops.purge_run (day);

GRANT SELECT ON ops.purge_run TO samenspraak_api;
GRANT SELECT, INSERT, DELETE ON ops.purge_run TO samenspraak_worker;
