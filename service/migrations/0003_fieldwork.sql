-- Applications, questionnaires and the answers of respondents. Respondents are known here by a random id only; nothing in
-- this schema leads to a member, an address or a ballot.

-- Number of the latest version per application, so that two submissions at once get two numbers.
CREATE TABLE fieldwork.application_series (
    organisation_id uuid NOT NULL,
    slug            text NOT NULL CHECK (length(slug) BETWEEN 2 AND 80),
    latest          integer NOT NULL CHECK (latest >= 1),
    PRIMARY KEY (organisation_id, slug)
);

-- One version of an application as its developer sent it; never changed.
CREATE TABLE fieldwork.application (
    organisation_id uuid NOT NULL,
    id              uuid NOT NULL,
    slug            text NOT NULL,
    version         integer NOT NULL,
    body            jsonb NOT NULL,
    readability     jsonb NOT NULL,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (organisation_id, id),
    UNIQUE (organisation_id, slug, version)
);

-- The questionnaire of an audit, whole; frozen as soon as anybody answers.
CREATE TABLE fieldwork.questionnaire (
    audit_id   uuid PRIMARY KEY,
    hash       text NOT NULL CHECK (length(hash) = 64),
    definition jsonb NOT NULL
);

-- Allocation of arms: every block holds each arm equally often. `block_seed` orders the block that is being filled.
CREATE TABLE fieldwork.arm_block (
    audit_id   uuid PRIMARY KEY,
    allocated  integer NOT NULL DEFAULT 0 CHECK (allocated >= 0),
    block_size smallint NOT NULL CHECK (block_size >= 1),
    block_seed bigint NOT NULL DEFAULT 0
);

-- One response per respondent. `seed` fixes every random order this person sees.
CREATE TABLE fieldwork.response (
    audit_id      uuid NOT NULL,
    id            uuid NOT NULL,
    respondent_id uuid NOT NULL,
    state         text NOT NULL DEFAULT 'in_progress' CHECK (state IN ('in_progress', 'completed', 'declined')),
    language      text NOT NULL CHECK (language IN ('nl', 'en')),
    arm           text NOT NULL DEFAULT '',
    seed          bigint NOT NULL,
    revision      integer NOT NULL DEFAULT 0,
    last_page     text,
    started_at    timestamptz NOT NULL,
    saved_at      timestamptz NOT NULL,
    completed_at  timestamptz,
    PRIMARY KEY (audit_id, id),
    UNIQUE (audit_id, respondent_id),
    CHECK (state <> 'completed' OR completed_at IS NOT NULL)
);
CREATE INDEX response_state ON fieldwork.response (audit_id, state);
CREATE INDEX response_saved ON fieldwork.response (saved_at);

-- One answer; JSON null when the question was seen and left open. Answers on an abandoned route are kept, but not counted.
CREATE TABLE fieldwork.answer (
    audit_id    uuid NOT NULL,
    response_id uuid NOT NULL,
    question    text NOT NULL,
    value       jsonb NOT NULL,
    revision    integer NOT NULL,
    on_route    boolean NOT NULL DEFAULT true,
    PRIMARY KEY (audit_id, response_id, question)
);

-- Seconds from the commit before to the commit of a page, added up over returns to it.
CREATE TABLE fieldwork.page_time (
    audit_id    uuid NOT NULL,
    response_id uuid NOT NULL,
    page        text NOT NULL,
    seconds     double precision NOT NULL CHECK (seconds >= 0),
    commits     integer NOT NULL CHECK (commits >= 1),
    PRIMARY KEY (audit_id, response_id, page)
);

GRANT SELECT, INSERT ON fieldwork.application TO samenspraak_api;
GRANT SELECT, INSERT, UPDATE ON fieldwork.application_series TO samenspraak_api;
GRANT SELECT, INSERT, UPDATE ON fieldwork.questionnaire, fieldwork.arm_block TO samenspraak_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON fieldwork.response, fieldwork.answer, fieldwork.page_time TO samenspraak_api;

GRANT SELECT ON fieldwork.application, fieldwork.application_series, fieldwork.questionnaire TO samenspraak_worker;
GRANT SELECT, DELETE ON fieldwork.arm_block, fieldwork.response, fieldwork.answer, fieldwork.page_time TO samenspraak_worker;
