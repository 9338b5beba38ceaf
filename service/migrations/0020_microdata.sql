-- Agreements with institutions about row-level data, as staff recorded them. They stay: they account for who got what.
CREATE TABLE ops.agreement (
    id          uuid PRIMARY KEY,
    institution text NOT NULL CHECK (length(institution) BETWEEN 2 AND 300),
    researcher  text NOT NULL CHECK (length(researcher) BETWEEN 2 AND 300),
    purpose     text NOT NULL CHECK (length(purpose) BETWEEN 10 AND 2000),
    reference   text NOT NULL CHECK (length(reference) BETWEEN 2 AND 300),
    ends_on     date NOT NULL,
    audits      uuid[] NOT NULL CHECK (cardinality(audits) BETWEEN 1 AND 100),
    recorded_at timestamptz NOT NULL,
    ended_at    timestamptz
);

-- Files made under an agreement, in every form; deleted 30 days after they were asked for.
CREATE TABLE results.microdata (
    organisation_id uuid NOT NULL,
    audit_id        uuid NOT NULL,
    id              uuid NOT NULL,
    agreement_id    uuid NOT NULL,
    state           text NOT NULL CHECK (state IN ('making', 'ready', 'refused')),
    asked_at        timestamptz NOT NULL,
    made_at         timestamptz,
    why             text NOT NULL DEFAULT '',
    summary         jsonb,
    csv             bytea,
    parquet         bytea,
    sav             bytea,
    codebook        bytea,
    ddi             bytea,
    triple_s        bytea,
    about           bytea,
    PRIMARY KEY (organisation_id, audit_id, id),
    CHECK ((state = 'ready') = (csv IS NOT NULL)),
    CHECK ((state = 'ready') = (summary IS NOT NULL)),
    CHECK ((state = 'making') = (made_at IS NULL))
);
CREATE INDEX microdata_id ON results.microdata (id);
CREATE INDEX microdata_asked ON results.microdata (asked_at);

GRANT SELECT, INSERT ON ops.agreement TO samenspraak_api;
GRANT UPDATE (ended_at) ON ops.agreement TO samenspraak_api;
GRANT SELECT ON ops.agreement TO samenspraak_worker;
GRANT SELECT, INSERT ON results.microdata TO samenspraak_api;
GRANT SELECT, UPDATE, DELETE ON results.microdata TO samenspraak_worker;
