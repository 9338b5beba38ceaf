-- Assemblies: panels drawn by a public lottery. Whoever was asked is known by a link until some time after the end; what
-- was published names nobody.

CREATE TABLE panel.assembly (
    id             uuid PRIMARY KEY,
    state          text NOT NULL CHECK (state IN ('draft', 'recruiting', 'pool_closed', 'solving', 'impossible', 'solved',
                       'published', 'drawn', 'seated', 'ended', 'cancelled')),
    sample_kind    text NOT NULL
        CHECK (sample_kind IN ('probability', 'opt_in_panel', 'event', 'open_link', 'simulated')),
    -- What is held: title, organiser, purpose, size, rule of households, algorithm.
    terms          jsonb NOT NULL,
    quotas         jsonb NOT NULL,
    -- Number of the present lottery: 1 is the first, every replacement of decliners is a further one.
    round          integer NOT NULL DEFAULT 1 CHECK (round >= 1),
    -- Counts the calculations that were asked for; an answer to an older one is dropped.
    attempt        integer NOT NULL DEFAULT 0,
    randomness     jsonb NOT NULL,
    -- 128 random bits as 32 hexadecimal digits, of the present round: secret until its drawing.
    seed           text NOT NULL CHECK (length(seed) = 32),
    -- Keeps tickets from being computed from ids; never published.
    salt           bytea NOT NULL CHECK (octet_length(salt) = 32),
    -- What the present calculation found: figures, or why there is no panel.
    fairness       jsonb,
    impossibility  jsonb,
    -- What staff should know, in both languages.
    warnings       jsonb NOT NULL DEFAULT '[]',
    -- The public number as the first of two people entered it.
    entered        jsonb,
    -- Counted when the pool closes, since answers of people who said no are not kept.
    asked          integer,
    volunteers     integer,
    declined       integer,
    answer_by      timestamptz,
    reason         text,
    created_at     timestamptz NOT NULL,
    changed_at     timestamptz NOT NULL,
    pool_closed_at timestamptz,
    published_at   timestamptz,
    drawn_at       timestamptz,
    -- Ended or cancelled.
    ended_at       timestamptz
);

-- Everybody who was asked, or who stands on a list of volunteers. `member_id` is emptied when the member is erased.
CREATE TABLE panel.assembly_candidate (
    assembly_id uuid NOT NULL,
    id          uuid NOT NULL,
    member_id   uuid,
    -- Id in a list that is kept elsewhere.
    reference   text CHECK (length(reference) <= 100),
    batch       integer NOT NULL,
    language    text NOT NULL CHECK (language IN ('nl', 'en')),
    token_hash  bytea CHECK (octet_length(token_hash) = 32),
    -- left: said yes, and was not a member any more when the pool closed, or was erased before the drawing.
    answer      text NOT NULL CHECK (answer IN ('asked', 'yes', 'no', 'left')),
    answered_at timestamptz,
    -- Frozen when the pool closes: a profile that changes later plays no part.
    features    jsonb,
    -- SHA-256 over the salt and the key of the address; equal for people of one address.
    household   text,
    ticket      text,
    -- The three factors of the chance to be seated; null where nobody knows them.
    invited     double precision CHECK (invited > 0 AND invited <= 1),
    responded   double precision CHECK (responded > 0 AND responded <= 1),
    selected    double precision CHECK (selected >= 0 AND selected <= 1),
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (assembly_id, id),
    UNIQUE (assembly_id, member_id),
    UNIQUE (assembly_id, reference)
);
CREATE INDEX assembly_candidate_token ON panel.assembly_candidate (token_hash) WHERE token_hash IS NOT NULL;
CREATE INDEX assembly_candidate_member ON panel.assembly_candidate (member_id) WHERE member_id IS NOT NULL;

-- One lottery. Solved in private (`solution`), then published as it stands (`content`), then drawn.
CREATE TABLE panel.assembly_lottery (
    assembly_id  uuid NOT NULL,
    round        integer NOT NULL CHECK (round >= 1),
    -- People and panels as ids, and the chance of each, until the lottery is purged.
    solution     bytea NOT NULL,
    content      bytea,
    pool_table   bytea,
    commitment   text CHECK (length(commitment) = 64),
    selection    jsonb,
    drawing      jsonb,
    solved_at    timestamptz NOT NULL,
    published_at timestamptz,
    drawn_at     timestamptz,
    PRIMARY KEY (assembly_id, round),
    CHECK ((content IS NULL) = (published_at IS NULL))
);

-- Seats, and what became of each.
CREATE TABLE panel.assembly_seat (
    assembly_id  uuid NOT NULL,
    candidate_id uuid NOT NULL,
    round        integer NOT NULL CHECK (round >= 1),
    state        text NOT NULL DEFAULT 'offered' CHECK (state IN ('offered', 'confirmed', 'declined')),
    -- Chance in the lottery that drew this seat.
    chance       double precision NOT NULL CHECK (chance > 0 AND chance <= 1),
    offered_at   timestamptz NOT NULL,
    settled_at   timestamptz,
    PRIMARY KEY (assembly_id, candidate_id)
);

-- Each mail once.
CREATE TABLE panel.assembly_mailing (
    assembly_id  uuid NOT NULL,
    candidate_id uuid NOT NULL,
    wave         text NOT NULL,
    sent_at      timestamptz NOT NULL,
    PRIMARY KEY (assembly_id, candidate_id, wave)
);

GRANT SELECT, INSERT, UPDATE ON panel.assembly, panel.assembly_lottery TO samenspraak_api, samenspraak_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON panel.assembly_candidate TO samenspraak_api;
GRANT SELECT ON panel.assembly_candidate TO samenspraak_worker;
GRANT SELECT, INSERT, UPDATE ON panel.assembly_seat TO samenspraak_api;
GRANT SELECT ON panel.assembly_seat TO samenspraak_worker;
GRANT SELECT, INSERT ON panel.assembly_mailing TO samenspraak_worker;
GRANT SELECT ON panel.assembly_mailing TO samenspraak_api;
GRANT SELECT ON panel.assembly TO samenspraak_vault;
GRANT SELECT, UPDATE, DELETE ON panel.assembly_candidate, panel.assembly_lottery TO samenspraak_vault;
GRANT SELECT, UPDATE, DELETE ON panel.assembly_seat TO samenspraak_vault;
GRANT SELECT, DELETE ON panel.assembly_mailing TO samenspraak_vault;
