-- Access sessions: a short-lived link that stands for one invitation on a public computer, or in the hands of a member of
-- staff who fills in over the telephone. The link is random and leads nowhere once the session has ended.
CREATE TABLE panel.access (
    token_hash    bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    audit_id      uuid NOT NULL,
    invitation_id uuid NOT NULL,
    mode          text NOT NULL CHECK (mode IN ('kiosk', 'phone')),
    operator      uuid,
    ends_at       timestamptz NOT NULL,
    ended         boolean NOT NULL DEFAULT false,
    CHECK ((mode = 'phone') = (operator IS NOT NULL))
);
-- One session at a time for an invitation: whoever opens another ends the one before.
CREATE UNIQUE INDEX access_one ON panel.access (audit_id, invitation_id) WHERE NOT ended;

GRANT SELECT, INSERT, UPDATE (ends_at, ended) ON panel.access TO samenspraak_api;
GRANT SELECT (ends_at), DELETE ON panel.access TO samenspraak_vault;
