-- Fieldwork in waves: every draw of an audit, the cells it fills with their counters, and how even participation was.
-- All of it counts; persons stand in panel.invitation alone.

-- `probability` is the chance to be invited in any of the waves so far; it grows with every wave, also of those invited
-- before. `wave_probability` is the chance in the wave that drew this person. `recruitment` is the chance to have been
-- recruited into the panel, as known at the draw; null where it is not.
ALTER TABLE panel.invitation
    ADD COLUMN wave             integer NOT NULL DEFAULT 1 CHECK (wave >= 1),
    ADD COLUMN wave_probability double precision CHECK (wave_probability > 0 AND wave_probability <= 1),
    ADD COLUMN recruitment      double precision CHECK (recruitment > 0 AND recruitment <= 1);

-- One row per draw. `strata` has frame, places and probability of each; `excluded` why members could not be drawn.
CREATE TABLE panel.wave (
    audit_id    uuid NOT NULL,
    number      integer NOT NULL CHECK (number >= 1),
    decided_by  text NOT NULL CHECK (decided_by IN ('opening', 'staff', 'plan')),
    method      text NOT NULL CHECK (method IN ('stratified', 'balanced')),
    size        integer NOT NULL CHECK (size > 0),
    frame_size  integer NOT NULL CHECK (frame_size >= 0),
    frame_hash  text NOT NULL CHECK (length(frame_hash) = 64),
    strata      jsonb NOT NULL,
    excluded    jsonb NOT NULL,
    first_batch integer NOT NULL CHECK (first_batch >= 0),
    batches     integer NOT NULL CHECK (batches > 0),
    drawn_at    timestamptz NOT NULL,
    PRIMARY KEY (audit_id, number)
);

-- Counters of one cell. They change in the statement that changes a disposition, and nowhere else. `closing` says what a
-- full cell does; `decision` is that of staff.
CREATE TABLE panel.quota_cell (
    audit_id   uuid NOT NULL,
    key        text NOT NULL,
    need       integer NOT NULL CHECK (need >= 0),
    have       integer NOT NULL DEFAULT 0 CHECK (have >= 0),
    pending    integer NOT NULL DEFAULT 0 CHECK (pending >= 0),
    closing    text NOT NULL CHECK (closing IN ('watch', 'finish', 'refuse')),
    decision   text CHECK (decision IN ('stopped', 'reopened')),
    decided_at timestamptz,
    -- Whether the cell takes nobody new: one expression for everybody who asks.
    closed     boolean NOT NULL GENERATED ALWAYS AS (
        COALESCE(decision, '') = 'stopped'
        OR (decision IS NULL AND closing <> 'watch' AND need > 0 AND have >= need)) STORED,
    PRIMARY KEY (audit_id, key)
);

-- How far and how even the fieldwork was at one moment; `r` is null while too few took part, or too few did not.
CREATE TABLE panel.observation (
    audit_id  uuid NOT NULL,
    day       integer NOT NULL CHECK (day >= 0),
    at        timestamptz NOT NULL,
    wave      integer NOT NULL,
    invited   integer NOT NULL,
    completed integer NOT NULL,
    r         double precision,
    lower     double precision,
    upper     double precision,
    PRIMARY KEY (audit_id, day)
);

-- One draw at a time per sample kind: whoever draws holds the row, so that no member is drawn twice beyond the limit.
CREATE TABLE panel.draw_turn (
    sample_kind text PRIMARY KEY,
    taken_at    timestamptz NOT NULL
);

GRANT SELECT, INSERT ON panel.wave TO samenspraak_api, samenspraak_worker;
GRANT SELECT, INSERT, UPDATE ON panel.quota_cell TO samenspraak_api, samenspraak_worker;
GRANT SELECT, INSERT ON panel.observation TO samenspraak_worker;
GRANT SELECT ON panel.observation TO samenspraak_api;
GRANT SELECT, INSERT, UPDATE ON panel.draw_turn TO samenspraak_api, samenspraak_worker;
GRANT INSERT ON panel.invitation, panel.participation TO samenspraak_worker;
GRANT UPDATE (probability) ON panel.invitation TO samenspraak_api, samenspraak_worker;

-- Leaving and erasing change dispositions, so they count as well.
GRANT SELECT (stratum, disposition) ON panel.invitation TO samenspraak_vault;
GRANT SELECT, UPDATE (have, pending) ON panel.quota_cell TO samenspraak_vault;
GRANT SELECT (drawn_at) ON panel.wave TO samenspraak_vault;
GRANT SELECT (at) ON panel.observation TO samenspraak_vault;
GRANT SELECT (taken_at) ON panel.draw_turn TO samenspraak_vault;
